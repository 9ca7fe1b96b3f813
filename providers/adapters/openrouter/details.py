"""`reasoning_details`: what OpenRouter wants back untouched beside an answer's tool calls."""

from typing import Any, Final

KIND: Final = "reasoning_details"


class Details:
    """The entries of one choice, merged out of a stream's pieces by their `index`.

    Text and summary grow; everything else, signature and encrypted data among it, is set
    (`wire/openrouter.md`).
    """

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._by_index: dict[Any, dict[str, Any]] = {}

    def take(self, pieces: Any) -> str:
        """The readable text that these pieces add."""
        added = [self._add(piece) for piece in pieces if isinstance(piece, dict)]
        return "".join(added)

    def _add(self, piece: dict[str, Any]) -> str:
        index = piece.get("index")
        entry = self._by_index.get(index) if isinstance(index, int) else None
        if entry is None or entry.get("type") != piece.get("type"):
            entry = dict(piece)
            self.entries.append(entry)
            if isinstance(index, int):
                self._by_index[index] = entry
        else:
            _merge(entry, piece)
        return _readable(piece)


def _merge(entry: dict[str, Any], piece: dict[str, Any]) -> None:
    for name, value in piece.items():
        before = entry.get(name)
        if name in ("text", "summary") and isinstance(before, str) and isinstance(value, str):
            entry[name] = before + value
        elif value is not None:
            entry[name] = value


def _readable(piece: dict[str, Any]) -> str:
    value = piece.get("text") or piece.get("summary")
    return value if isinstance(value, str) else ""


def sendable(value: Any) -> list[dict[str, Any]]:
    """The entries of a state that came back through a client; [] when they are none."""
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return value
    return []
