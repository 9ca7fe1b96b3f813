"""What a request would do now, without asking anybody: no upstream is called for it."""

from typing import Any

import msgspec

from lakehouse.gateway.breakers import Breakers
from lakehouse.gateway.climb import not_now
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.knowledge.companions import companions
from lakehouse.gateway.line import prepared
from lakehouse.gateway.live import Principal, Snapshot
from lakehouse.gateway.plan import Plan, Try, asked_of, plan
from profiles.execution.validators import plain
from profiles.parameters import as_overrides
from providers import adapters, secrets
from providers.errors import ProviderError
from providers.messages import Image, Part, Request, ToolResult, Turn

# In place of an image that would be fetched: what is explained makes no call.
_BLANK = Image(mime="image/png", data=b"")


def explained(
    snapshot: Snapshot, principal: Principal, body: ChatBody, breakers: Breakers
) -> dict[str, Any]:
    """The plan in plain values. Raises ApiError as the call itself would."""
    planned = plan(snapshot, principal, asked_of(body))
    beside = companions(snapshot, planned.profile, body)
    request = prepared(planned, body)
    tries = [_explained(t, planned, request, breakers, body.strict) for t in planned.tries]
    if not principal.may_manage:
        # Whoever may use a profile and a provider's key need not be able to read of them.
        tries = [entry | {"key": _without_detail(entry["key"])} for entry in tries]
    chosen = next((entry for entry in tries if entry["skipped"] is None), None)
    return {
        "object": "lakehouse.explanation",
        "profile": str(planned.profile) if planned.profile else None,
        "profile_asked_for_by_name": planned.named,
        "retrieval": str(beside.retrieval) if beside.retrieval else None,
        "memory": str(beside.memory) if beside.memory else None,
        "ladder": planned.ladder.name if planned.ladder else None,
        "deadline_secs": planned.ladder.deadline_secs if planned.ladder else None,
        "provider": chosen["provider"] if chosen else None,
        "model": chosen["model"] if chosen else None,
        "system_prompt": _prompt(planned, principal),
        "validators": [plain(v) for v in planned.profile.validators] if planned.profile else [],
        "tries": tries,
        "generation": snapshot.generation,
    }


def _prompt(planned: Plan, principal: Principal) -> str | None:
    if planned.profile is None or not planned.profile.system_prompt:
        return None
    text = planned.profile.system_prompt
    return (
        text if principal.may_manage else f"{len(text)} characters; a key that may manage sees it"
    )


def _without_detail(key: dict[str, Any] | None) -> dict[str, Any] | None:
    return key and {"present": key["present"]}


def _explained(
    attempt: Try, planned: Plan, request: Request, breakers: Breakers, strict: bool
) -> dict[str, Any]:
    endpoint = attempt.endpoint
    skip = attempt.barred
    if skip is None and len(planned.tries) > 1:
        skip = not_now(breakers, endpoint)
    key = secrets.status(endpoint) if endpoint.kind else None
    shown: dict[str, Any] = {
        "provider": endpoint.name,
        "model": attempt.model,
        "rung": attempt.rung.position if attempt.rung else None,
        "skipped": {"reason": skip.reason, "detail": skip.detail} if skip else None,
        "key": {"present": key.usable, "detail": key.detail} if key else None,
        "breaker": breakers.standing(endpoint.name).state,
    }
    return shown | (_sent(attempt, request, strict) if endpoint.kind else {})


def _sent(attempt: Try, request: Request, strict: bool) -> dict[str, Any]:
    """The parameters as they would leave, what would be dropped, what the caller would be told."""
    if attempt.rung is not None:
        request = as_overrides(request, attempt.parameters)
    request = msgspec.structs.replace(request, model=attempt.model)
    adapter = adapters.get(attempt.endpoint.kind)
    if adapter.inline_images:
        request = _without_urls(request)
    try:
        outgoing = adapter.chat(attempt.endpoint, request)
    except ProviderError as error:
        return {"refused": {"param": error.failure.param, "message": error.failure.message}}
    refused = None
    if strict and outgoing.dropped:
        text = "strict is true, and this upstream cannot honour it."
        refused = {"param": outgoing.dropped[0], "message": text}
    return {
        "parameters": _parameters(request),
        "dropped": list(dict.fromkeys(outgoing.dropped)),
        "notes": dict(outgoing.notes),
        "refused": refused,
    }


def _parameters(request: Request) -> dict[str, Any]:
    sampling = msgspec.to_builtins(request.sampling)
    rest = {
        "max_output_tokens": request.limit,
        "reasoning_effort": request.thinking.effort,
        "reasoning_max_tokens": request.thinking.budget_tokens,
        "tools": [tool.name for tool in request.tools],
        "response_format": request.output if isinstance(request.output, str) else "json_schema",
        "stream": request.stream or None,
    }
    return {name: v for name, v in (sampling | rest).items() if v not in (None, [], (), "text")}


def _without_urls(request: Request) -> Request:
    turns = tuple(
        Turn(turn.role, tuple(_blanked(part) for part in turn.parts), turn.name)
        for turn in request.turns
    )
    return msgspec.structs.replace(request, turns=turns)


def _blanked(part: Part) -> Part:
    match part:
        case Image(url=str()):
            return _BLANK
        case ToolResult():
            shown = tuple(_BLANK if isinstance(p, Image) and p.url else p for p in part.parts)
            return msgspec.structs.replace(part, parts=shown)
        case _:
            return part
