"""What happened, by REST."""
