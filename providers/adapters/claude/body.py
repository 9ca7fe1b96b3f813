"""The whole request: `POST /v1/messages`, always as a stream."""

from typing import Any

import msgspec

from providers.adapters.base import Outgoing
from providers.adapters.claude import conversation, sampling, schema, thinking, tools
from providers.adapters.claude import traits as names
from providers.adapters.claude.draft import Draft, refused
from providers.adapters.claude.parts import Block
from providers.adapters.claude.traits import Traits
from providers.endpoint import Endpoint
from providers.errors import ErrorKind
from providers.messages import JsonSchema, Request

VERSION = "2023-06-01"
MAX_TOKENS = 8192
CACHE_MARKS = 4
LATE_SYSTEM = ("append", "turn")
_JSON = "Answer with one JSON object and nothing else: no prose around it, no code fence."


def build(endpoint: Endpoint, request: Request) -> Outgoing:
    """What to send. Raises ProviderError(bad_request | unsupported) with `param` set."""
    draft = Draft()
    traits = names.of(request.model)
    plan = _floored(endpoint, request, traits, draft)
    origin = names.origin(request.model) if plan.on else None
    system, messages = conversation.build(request, traits, _late_system(endpoint), origin, draft)
    body: dict[str, Any] = {
        "model": request.model,
        "max_tokens": plan.max_tokens,
        "messages": messages,
        "stream": True,
    }
    config: dict[str, Any] = {}
    if plan.thinking is not None:
        body["thinking"] = plan.thinking
    if plan.effort is not None:
        config["effort"] = plan.effort
    _output(config, system, request, traits, draft)
    if system:
        body["system"] = system
    if config:
        body["output_config"] = config
    if request.user:
        body["metadata"] = {"user_id": request.user}
    tools.add(body, request, traits, draft)
    version = version_of(endpoint)
    sampling.add(body, request, traits, version=version, thinks=plan.on, draft=draft)
    _limit_cache_marks(system, messages)
    return Outgoing(
        method="POST",
        path="/v1/messages",
        body=msgspec.json.encode(body),
        headers=headers(endpoint),
        dropped=tuple(draft.dropped),
        notes=draft.notes,
    )


def version_of(endpoint: Endpoint) -> str:
    return str(endpoint.options.get("version") or VERSION)


def headers(endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    """The API version, and the betas the operator turned on (names with commas between)."""
    betas = str(endpoint.options.get("betas") or "").replace(" ", "")
    version = ("anthropic-version", version_of(endpoint))
    return (version, ("anthropic-beta", betas)) if betas else (version,)


def _late_system(endpoint: Endpoint) -> str:
    late = str(endpoint.options.get("late_system") or LATE_SYSTEM[0])
    if late not in LATE_SYSTEM:
        raise refused(
            ErrorKind.UNSUPPORTED,
            f"The option late_system of provider {endpoint.name} is {late!r}. "
            f"Set it to {' or '.join(LATE_SYSTEM)}.",
            "messages",
        )
    return late


def _floored(endpoint: Endpoint, request: Request, traits: Traits, draft: Draft) -> thinking.Plan:
    """The plan, with the endpoint's floor under the output of a model that thinks."""
    listed = endpoint.details.get(request.model)
    default = int(
        endpoint.options.get("max_tokens") or (listed and listed.max_output) or MAX_TOKENS
    )
    limit = default if request.limit is None else request.limit
    plan = thinking.plan(request, traits, limit, draft)
    floor = endpoint.min_output_tokens
    if not plan.on or plan.max_tokens >= floor:
        return plan
    draft.note(f"max_tokens {plan.max_tokens} was sent as {floor}, the provider's floor")
    return msgspec.structs.replace(plan, max_tokens=floor)


def _output(
    config: dict[str, Any], system: list[Block], request: Request, traits: Traits, draft: Draft
) -> None:
    """Structured output; where the model has none, an instruction after the system text."""
    match request.output:
        case "text":
            return
        case "json_object":
            system.append({"type": "text", "text": _JSON})
        case JsonSchema() as wanted if traits.structured:
            narrow, lost = schema.narrowed(wanted.schema)
            if lost:
                draft.note(schema.told(lost))
            config["format"] = {"type": "json_schema", "schema": narrow}
        case JsonSchema() as wanted:
            draft.note("response_format is only described to this model, not enforced")
            text = msgspec.json.encode(wanted.schema).decode()
            system.append({"type": "text", "text": f"{_JSON} It must fit this JSON schema: {text}"})


def _limit_cache_marks(system: list[Block], messages: list[dict[str, Any]]) -> None:
    """The API takes four marks: the first one and the last three cover the most."""
    blocks = [*system, *(block for message in messages for block in message["content"])]
    marked = [block for block in blocks if "cache_control" in block]
    for block in marked[1 : len(marked) - CACHE_MARKS + 1]:
        del block["cache_control"]
