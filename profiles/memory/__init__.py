"""Memory profiles: how much of a conversation is recalled, and what procedures have worked."""
