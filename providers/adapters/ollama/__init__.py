"""Ollama's native API, on a daemon of one's own and in its vendor's cloud (`wire/ollama.md`)."""

from providers.adapters.ollama.adapter import Ollama, OllamaCloud

__all__ = ["Ollama", "OllamaCloud"]
