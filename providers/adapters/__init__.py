"""One module a wire format; `get` loads it on first use."""

from functools import cache
from importlib import import_module

from providers.adapters.base import Adapter

KINDS = {
    "openai_compatible": "providers.adapters.openai_compatible.OpenAICompatible",
    "ollama": "providers.adapters.ollama.Ollama",
    "ollama_cloud": "providers.adapters.ollama.OllamaCloud",
    "openrouter": "providers.adapters.openrouter.OpenRouter",
    "kimi": "providers.adapters.kimi.Kimi",
    "gemini": "providers.adapters.gemini.Gemini",
    "claude": "providers.adapters.claude.Claude",
    "echo": "providers.adapters.echo.Echo",
}


@cache
def get(kind: str) -> Adapter:
    """The adapter of a kind. Raises KeyError with the kinds there are."""
    try:
        module, _, name = KINDS[kind].rpartition(".")
    except KeyError:
        raise KeyError(f"no adapter of kind {kind!r}; kinds are {', '.join(KINDS)}") from None
    adapter: Adapter = getattr(import_module(module), name)()
    return adapter


def choices() -> list[tuple[str, str]]:
    """Kinds and their labels, for forms; a callable, so that no migration lists vendors."""
    return [(kind, get(kind).label) for kind in KINDS]
