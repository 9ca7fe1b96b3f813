"""/api/v1/profiles/, /api/v1/activations/ and /api/v1/ladders/: profiles by REST."""
