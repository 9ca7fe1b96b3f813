"""Looking at what happened from a shell."""
