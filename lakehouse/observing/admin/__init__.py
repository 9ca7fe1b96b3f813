"""What happened, as an operator sees it."""
