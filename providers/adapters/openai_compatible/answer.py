"""One answer while its chunks arrive; the same for a stream and for a whole document."""

from typing import Any

from providers.adapters.openai_compatible import usage
from providers.adapters.openai_compatible.choice import OneChoice
from providers.adapters.openai_compatible.reading import Reading
from providers.adapters.openai_compatible.wire import Choice, Chunk, Delta
from providers.errors import ErrorKind, Failure, failure
from providers.events import End, Event, Fail, Start, UsageReport
from providers.messages import Usage


class Answer:
    """Makes events of chunks. Subclassed where a vendor's answers hold more.

    `Finish` waits for the end, since servers send more after it: a second one, usage,
    even an error.
    """

    choice_type: type[OneChoice] = OneChoice

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.choices: dict[int, OneChoice] = {}
        self.ended = False
        self.usage: Usage | None = None
        self._started = False
        self._ids: set[str] = set()

    def take(self, chunk: Chunk, out: list[Event]) -> None:
        if chunk.usage is not None:
            self._count(chunk.usage, out)
        if chunk.error:
            self.error(chunk.error, out)
            return
        if not self._started and (chunk.choices or chunk.id):
            self._started = True
            out.append(Start(_text(chunk.id), _text(chunk.model)))
        for piece in chunk.choices or ():
            if piece.error:
                self.error(piece.error, out)
                return
            self._piece(piece, out)

    def error(self, error: Any, out: list[Event]) -> None:
        """An error in the answer: text, object, or anything else that stands for one."""
        document = error if isinstance(error, dict) else {"message": str(error)}
        self.fail(self.reading.named(document), out)

    def fail(self, why: Failure, out: list[Event]) -> None:
        self.ended = True
        out.append(Fail(why))

    def protocol(self, what: str, out: list[Event]) -> None:
        self.fail(failure(ErrorKind.PROTOCOL, f"{self.reading.name} {what}"), out)

    def empty(self, out: list[Event]) -> None:
        """The stream's terminator came, and neither content nor a finish reason before it."""
        self.protocol(
            "ended its stream without an answer. Some servers do so when the prompt is too long "
            "for the model's window, or when the model cannot be loaded.",
            out,
        )

    @property
    def finished(self) -> bool:
        """True when every choice that began has its finish reason."""
        return bool(self.choices) and all(c.native_finish for c in self.choices.values())

    @property
    def has_content(self) -> bool:
        return any(c.has_content or c.calls for c in self.choices.values())

    def close(self, out: list[Event]) -> None:
        """The end is proved: what was held back, each choice's `Finish`, and `End`."""
        closing: list[Event] = []
        for choice in self.choices.values():
            if choice.native_finish.lower() == "error":
                self.error({"message": "the answer ended with finish_reason error"}, out)
                return
            if not choice.close(closing):
                self.protocol("sent a tool call without a name.", out)
                return
        self.ended = True
        out += closing
        out.append(End())

    def _piece(self, piece: Choice, out: list[Event]) -> None:
        index = piece.index if type(piece.index) is int else 0
        choice = self.choices.get(index)
        if choice is None:
            choice = self.choices[index] = self.choice_type(index, self.reading, self._ids)
        choice.take(piece, piece.delta or piece.message or _NOTHING, out)
        if piece.usage is not None:
            self._count(piece.usage, out)

    def _count(self, native: Any, out: list[Event]) -> None:
        if isinstance(native, dict) and native:
            self.usage = usage.read(native)
            out.append(UsageReport(self.usage))


_NOTHING = Delta()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
