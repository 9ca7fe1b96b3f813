"""/api/v1/providers/: the registry by REST."""
