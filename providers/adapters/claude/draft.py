"""What building a request gathers beside its body: fields left out, and things said about it."""

from providers.adapters.base import NOTE_HEADER
from providers.errors import ErrorKind, ProviderError, failure


class Draft:
    """Collects, in order and once each, OpenAI's names of dropped fields, and notes (ASCII)."""

    def __init__(self) -> None:
        self.dropped: list[str] = []
        self._notes: list[str] = []

    def drop(self, field: str) -> None:
        if field not in self.dropped:
            self.dropped.append(field)

    def note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """One header, because a header that comes twice is lost on the way to many clients."""
        return ((NOTE_HEADER, "; ".join(self._notes)),) if self._notes else ()


def refused(kind: ErrorKind, message: str, param: str) -> ProviderError:
    """To raise for a request that is not sent at all."""
    return ProviderError(failure(kind, message, param=param, accepted=False))
