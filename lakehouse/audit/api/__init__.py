"""/api/v1/audits/ and /api/v1/findings/."""
