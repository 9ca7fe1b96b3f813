"""Anthropic's Messages API: one file a question, from the request's body to the last event."""

from providers.adapters.claude.adapter import Claude

__all__ = ["Claude"]
