"""Schemas and patterns, checked and applied in processes of their own, within limits."""
