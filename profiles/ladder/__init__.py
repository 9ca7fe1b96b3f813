"""Ladders: what else is tried when a try fails, at most nine rungs."""
