"""The paths programs call, one module a resource."""
