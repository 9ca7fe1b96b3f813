"""Tool calls out of deltas that servers number, name and end each in their own way."""

from typing import Any

import msgspec

from providers import tool_ids
from providers.adapters.openai_compatible.reading import Reading
from providers.events import Event, ToolArgs, ToolEnd, ToolStart
from providers.messages import State


class Slot:
    """One call while its pieces arrive; `started` once its name is known."""

    __slots__ = ("arguments", "name", "native_id", "number", "started", "state")

    def __init__(self, number: int, native_id: str) -> None:
        self.number = number
        self.native_id = native_id
        self.name = ""
        self.arguments: list[str] = []
        self.state: State | None = None
        self.started = False

    @property
    def complete(self) -> bool:
        """True when the arguments so far are a JSON object: nothing can follow them."""
        if not self.arguments or not self.arguments[-1].rstrip().endswith("}"):
            return False
        try:
            return isinstance(msgspec.json.decode("".join(self.arguments)), dict)
        except (msgspec.DecodeError, RecursionError):
            return False


class ToolSlots:
    """The calls of one choice. `seen` is the answer's, so that ids differ over choices too."""

    def __init__(self, choice: int, reading: Reading, seen: set[str]) -> None:
        self._choice = choice
        self._reading = reading
        self._seen = seen
        self._slots: list[Slot] = []
        self._by_index: dict[int, Slot] = {}

    def __bool__(self) -> bool:
        return bool(self._slots)

    def take(self, deltas: Any, out: list[Event]) -> None:
        for delta in deltas if isinstance(deltas, list) else ():
            if isinstance(delta, dict):
                self._take(delta, out)

    def close(self, out: list[Event]) -> bool:
        """Ends every call; False when one never got a name and so cannot be called."""
        for slot in self._kept():
            if not slot.started:
                return False
            if not slot.arguments:
                out.append(ToolArgs(slot.number, "{}", self._choice))
            out.append(ToolEnd(slot.number, self._choice))
        return True

    def _kept(self) -> list[Slot]:
        return self._slots[:1] if self._reading.only_first_call else self._slots

    def _take(self, delta: dict[str, Any], out: list[Event]) -> None:
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        name = _text(function.get("name"))
        fragment = _as_text(function.get("arguments"))
        if not (self._slots or name or fragment or delta.get("id")):
            return
        slot = self._slot(delta.get("index"), _text(delta.get("id")), name)
        slot.name = slot.name or name
        if fragment:
            slot.arguments.append(fragment)
        if delta.get("extra_content"):
            slot.state = self._reading.state("extra_content", delta["extra_content"])
        if self._reading.only_first_call and slot.number > 0:
            return
        if slot.started:
            if fragment:
                out.append(ToolArgs(slot.number, fragment, self._choice))
        elif slot.name:
            self._start(slot, out)

    def _start(self, slot: Slot, out: list[Event]) -> None:
        slot.started = True
        call_id = tool_ids.clean(slot.native_id, self._seen)
        name = self._reading.function_names.get(slot.name, slot.name)
        out.append(ToolStart(slot.number, call_id, name, slot.state, self._choice))
        if slot.arguments:
            out.append(ToolArgs(slot.number, "".join(slot.arguments), self._choice))

    def _slot(self, index: Any, native_id: str, name: str) -> Slot:
        numbered = isinstance(index, int)
        current = self._by_index.get(index) if numbered else None
        if not numbered and self._slots:
            current = self._slots[-1]
        if current is None or _opens(current, native_id, name, numbered):
            current = Slot(len(self._slots), native_id)
            self._slots.append(current)
        if numbered:
            self._by_index[index] = current
        return current


def _opens(current: Slot, native_id: str, name: str, numbered: bool) -> bool:
    """True when a delta that points at `current` begins another call all the same.

    Google's compatible endpoint gives every call index 0, others give no index, some
    repeat id or name on each piece, some leave the id out: a new id opens a call, and
    without ids a name does when the current call cannot go on.
    """
    if native_id:
        return native_id != current.native_id and (bool(current.native_id) or not numbered)
    if not name or not current.name:
        return False
    return name != current.name or current.complete


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _as_text(arguments: Any) -> str:
    """JSON text, also from servers that send an object; "" for none."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else msgspec.json.encode(arguments).decode()
