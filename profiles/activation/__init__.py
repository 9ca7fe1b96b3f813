"""Activation: the act, with its record, that makes one revision live."""
