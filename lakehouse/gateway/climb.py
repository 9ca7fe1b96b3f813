"""From a rung to the first events of an answer: build, send, peek.

A failure before the first content event raises; after it, events tell.
"""

from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.route import Rung
from providers import adapters, images, secrets
from providers.adapters.base import Adapter
from providers.errors import ErrorKind, Failure, ProviderError, failure
from providers.events import Event, Fail, Finish
from providers.exchange import exchange, is_content
from providers.messages import Request


async def climb(call: CallInFlight, rung: Rung, request: Request, *, strict: bool) -> list[Event]:
    """The events up to and including the first content, or to the end of an empty answer.

    Tries once more, on the same rung, without what the upstream refused with a 4xx,
    where its adapter knows how. Raises ProviderError.
    """
    adapter = adapters.get(rung.endpoint.kind)
    if adapter.inline_images:
        request = await images.inlined(call.services.transport, request)
    request = call.services.states.restore(call.principal.id, request)
    try:
        return await _attempt(call, rung, adapter, request, strict)
    except ProviderError as error:
        amended = _amended(adapter, request, error.failure)
        if amended is None:
            raise
        call.headers["x-lakehouse-amended"] = _quoted(error.failure)
    return await _attempt(call, rung, adapter, amended, strict)


def _amended(adapter: Adapter, request: Request, failure: Failure) -> Request | None:
    refused = failure.status is not None and 400 <= failure.status < 500
    return adapter.amend(request, failure) if refused else None


def _quoted(failure: Failure) -> str:
    """What the provider refused, for a header: one line of plain ASCII."""
    plain = failure.message.encode("ascii", "replace").decode()
    return "asked again without what was refused: " + " ".join(plain.split())[:200]


async def _attempt(
    call: CallInFlight, rung: Rung, adapter: Adapter, request: Request, strict: bool
) -> list[Event]:
    await call.begin_attempt(rung)
    try:
        secret = secrets.resolve(rung.endpoint).reveal()
        attempt = exchange(call.services.transport, adapter, rung.endpoint, request, secret)
        call.exchange = attempt
        _report(call, attempt.outgoing.dropped, attempt.outgoing.notes, strict)
        await attempt.open()
        return await _peek(call)
    except ProviderError as error:
        await call.end_attempt("failed", error.failure)
        raise


async def _peek(call: CallInFlight) -> list[Event]:
    assert call.exchange is not None
    seen: list[Event] = []
    while batch := await call.exchange.next():
        seen += batch
        for event in batch:
            if is_content(event) or isinstance(event, Finish):
                call.first_content()
                return seen
            if isinstance(event, Fail):
                raise ProviderError(event.failure)
    return seen


def _report(
    call: CallInFlight,
    dropped: tuple[str, ...],
    notes: tuple[tuple[str, str], ...],
    strict: bool,
) -> None:
    fields = list(dict.fromkeys(dropped))
    call.row.dropped = fields
    if fields and strict:
        text = (
            f"{call.row.provider} cannot honour {', '.join(fields)} for {call.row.model}, and "
            "strict is true. Leave them out, or leave strict out to have them dropped."
        )
        raise ProviderError(failure(ErrorKind.UNSUPPORTED, text, accepted=False, param=fields[0]))
    call.headers.update(notes)
    if fields:
        call.headers["x-lakehouse-dropped"] = ", ".join(fields)
    call.headers["x-lakehouse-provider"] = call.row.provider
    call.headers["x-lakehouse-attempts"] = str(call.row.attempts_made)
