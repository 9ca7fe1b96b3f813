"""What a call is given besides its own words: a session's turns, playbooks, passages."""
