"""Google's Gemini API: `generateContent` and its stream (`wire/gemini.md`)."""

from providers.adapters.gemini.adapter import Gemini

__all__ = ["Gemini"]
