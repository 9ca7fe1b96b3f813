"""The management API's view of keys and calls, under /api/v1/."""
