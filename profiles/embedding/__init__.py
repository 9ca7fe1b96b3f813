"""Texts as vectors: whom to ask for them, and which vectors can be compared."""
