"""What is kept of a call until its trace is sent: no more of it than the trace will show."""

import msgspec

from lakehouse.gateway.recorder import AttemptRow, CallRow
from lakehouse.gateway.seen import Seen
from lakehouse.gateway.traceparent import parent_of
from lakehouse.observing.forwarding.content import Content, taken
from profiles.observer.policy import Observer
from providers.messages import Request


class Waiting(msgspec.Struct):
    """Costs are filled into `attempts` by the recorder a moment after the call's end.

    `parent` is the caller's span, "" without one. `model` is what the last try's upstream
    called its model. `urls` are the tries' base URLs.
    """

    row: CallRow
    attempts: list[AttemptRow]
    urls: list[str]
    observer: Observer
    owner: str
    key: str
    parent: str
    model: str
    finishes: list[str]
    parameters: dict[str, float | int]
    content: Content | None

    @property
    def size(self) -> int:
        return self.content.size if self.content is not None else 0


def waiting(call: Seen, *, room: bool) -> Waiting:
    """`room`: there is still some for prompts and answers."""
    finished = call.finished
    row = finished.row
    if row.request_body is not None or row.answer_text is not None:
        row = msgspec.structs.replace(row, request_body=None, answer_text=None)
    content = None
    if room and call.request is not None and call.observer.forwards_content(row.label):
        content = taken(call.request, call.answer)
    return Waiting(
        row=row,
        attempts=finished.attempts,
        urls=[bill.base_url for bill in finished.bills],
        observer=call.observer,
        owner=call.principal.owner,
        key=call.principal.label,
        parent=parent_of(call.traceparent),
        model=call.answer.model,
        finishes=[c.finish.reason for c in call.answer.choices.values() if c.finish],
        parameters=_parameters(call.request) if call.request is not None else {},
        content=content,
    )


def _parameters(request: Request) -> dict[str, float | int]:
    """By their names in OpenTelemetry's conventions."""
    sampling = request.sampling
    found = {
        "max_tokens": request.limit,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    return {name: value for name, value in found.items() if value is not None}
