"""What a model's name tells: its address, its family and its generation."""

import re
from urllib.parse import quote

_VERSION = re.compile(r"gemini-(\d+)(?:\.(\d+))?(?:-|$)")
_FAMILY = re.compile(r"[a-z]+-\d+")
_COLLECTIONS = ("models", "tunedModels")
NEWEST = (1000, 0)

Generation = tuple[int, int]


def bare(model: str) -> str:
    """`models/gemini-3-flash` and `gemini-3-flash` are one model."""
    return model.removeprefix("models/")


def resource(model: str) -> str:
    """The name with its collection, as fields of a body want it."""
    return model if model.partition("/")[0] in _COLLECTIONS else f"models/{model}"


def path(model: str) -> str:
    """The path of a model, percent-encoded, so that no name can leave it."""
    collection, _, name = resource(model).partition("/")
    return f"/{collection}/{quote(name, safe='')}"


def generation(model: str) -> Generation | None:
    """(3, 1) of `gemini-3.1-pro`; NEWEST of an alias such as `gemini-flash-latest`.

    None when the name does not say: other families, experiments, tuned models.
    """
    name = bare(model)
    found = _VERSION.match(name)
    if found:
        return int(found[1]), int(found[2] or 0)
    return NEWEST if name.startswith("gemini-") and name.endswith("-latest") else None


def signs_calls(model: str) -> bool:
    """True for Gemini 3 and later, which refuse a tool call without a thought signature."""
    known = generation(model)
    return known is not None and known >= (3, 0)


def origin(model: str) -> str:
    """Whose opaque states this model takes: one origin a major version."""
    name = bare(model)
    found = _FAMILY.match(name)
    if found:
        return f"gemini:{found[0]}"
    return f"gemini:{'gemini-latest' if generation(model) == NEWEST else name}"
