"""The body of a chat call, and which of the client's fields Gemini has no place for."""

from typing import Any

import msgspec

from providers.adapters.base import NOTE_HEADER, Outgoing
from providers.adapters.gemini import names, thinking
from providers.adapters.gemini.contents import contents
from providers.adapters.gemini.refusals import bad, unsupported
from providers.endpoint import Endpoint
from providers.messages import Allowed, Image, JsonSchema, Named, Request, Tool

MAX_STOPS = 5
_JSON = "application/json"
_WHOLE = "generateContent"
_STREAM = "streamGenerateContent?alt=sse"


def chat(endpoint: Endpoint, request: Request) -> Outgoing:
    """The request for `generateContent`, or for its stream."""
    chosen = thinking.choose(request.model, request.thinking)
    limit, floored = _limit(endpoint, request, chosen.on)
    tools = _offered(request)
    system = [{"text": segment.text} for segment in request.system if segment.text]
    calling = _calling(request, tools) if tools else None
    safety: dict[str, str] = endpoint.options.get("safety_settings") or {}
    fields = {
        "contents": contents(
            request.turns, names.origin(request.model), names.signs_calls(request.model)
        ),
        "systemInstruction": {"parts": system} if system else None,
        "tools": [{"functionDeclarations": [_declared(t) for t in tools]}] if tools else None,
        "toolConfig": {"functionCallingConfig": calling} if calling else None,
        "generationConfig": _generation(request, limit, chosen.config) or None,
        "safetySettings": [{"category": c, "threshold": t} for c, t in safety.items()] or None,
    }
    notes = [note for note in (chosen.note, floored) if note]
    return Outgoing(
        "POST",
        f"{names.path(request.model)}:{_STREAM if request.stream else _WHOLE}",
        msgspec.json.encode(_given(fields)),
        dropped=(*_dropped(request, tools, calling), *chosen.dropped),
        # One header, because a header that comes twice is lost on the way to many clients.
        notes=((NOTE_HEADER, "; ".join(notes)),) if notes else (),
    )


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _limit(endpoint: Endpoint, request: Request, thinks: bool) -> tuple[int | None, str]:
    """The output limit, and a note where the provider's floor for thinking models raised it."""
    limit, floor = request.limit, endpoint.min_output_tokens
    if limit is None or limit >= floor or not thinks:
        return limit, ""
    return floor, f"max_tokens {limit} was sent as {floor}, the provider's floor"


def _generation(
    request: Request, limit: int | None, thinks: dict[str, Any] | None
) -> dict[str, Any]:
    asked = request.sampling
    if len(asked.stop) > MAX_STOPS:
        raise bad(
            f"Gemini takes at most {MAX_STOPS} stop sequences, and stop has {len(asked.stop)}. "
            "Send fewer.",
            "stop",
        )
    fields: dict[str, Any] = {
        "maxOutputTokens": limit,
        "temperature": asked.temperature,
        "topP": asked.top_p,
        "topK": asked.top_k,
        "seed": asked.seed,
        "stopSequences": asked.stop or None,
        "presencePenalty": asked.presence_penalty,
        "frequencyPenalty": asked.frequency_penalty,
        "candidateCount": asked.n if asked.n != 1 else None,
        "responseLogprobs": asked.logprobs or None,
        "logprobs": asked.top_logprobs or None,
        "thinkingConfig": thinks,
    }
    if request.output != "text":
        fields["responseMimeType"] = _JSON
    if isinstance(request.output, JsonSchema):
        fields["responseJsonSchema"] = request.output.schema
    return _given(fields)


def _offered(request: Request) -> tuple[Tool, ...]:
    """The tools to declare.

    An `allowed_tools` choice in mode auto declares only those: `allowedFunctionNames`
    is refused with AUTO. Before Gemini 3, JSON output and tools exclude each other.
    """
    tools = request.tools
    if isinstance(request.tool_choice, Allowed) and request.tool_choice.mode == "auto":
        tools = tuple(tool for tool in tools if tool.name in request.tool_choice.names)
    known = names.generation(request.model)
    if tools and request.output != "text" and known is not None and known < (3, 0):
        if request.tool_choice == "none":
            return ()
        raise unsupported(
            f"{request.model} cannot give JSON output while tools are offered; Gemini 3 and "
            "later can. Leave out response_format or tools, or choose a later model.",
            "response_format",
        )
    return tools


def _declared(tool: Tool) -> dict[str, Any]:
    """`parametersJsonSchema` takes JSON Schema as it is; `parameters` a small dialect."""
    return _given(
        {
            "name": tool.name,
            "description": tool.description,
            "parametersJsonSchema": tool.json_schema,
        }
    )


def _calling(request: Request, tools: tuple[Tool, ...]) -> dict[str, Any] | None:
    """ANY checks calls against their schema by itself; VALIDATED is AUTO that does."""
    match request.tool_choice:
        case "none":
            return {"mode": "NONE"}
        case "required":
            return {"mode": "ANY"}
        case Named(name=name):
            return {"mode": "ANY", "allowedFunctionNames": [name]}
        case Allowed(mode="required", names=allowed):
            return {"mode": "ANY", "allowedFunctionNames": list(allowed)}
        case _ if all(tool.strict for tool in tools):
            return {"mode": "VALIDATED"}
        case None:
            return None
        case _:
            return {"mode": "AUTO"}


def _dropped(
    request: Request, tools: tuple[Tool, ...], calling: dict[str, Any] | None
) -> list[str]:
    dropped = [name for name, value in request.extras.items() if value is not None]
    if request.sampling.logit_bias:
        dropped.append("logit_bias")
    if request.user is not None:
        dropped.append("user")
    if any(turn.name for turn in request.turns):
        dropped.append("messages.name")
    if any(_has_detail(part) for turn in request.turns for part in turn.parts):
        dropped.append("messages.content.image_url.detail")
    if calling in (None, {"mode": "AUTO"}) and any(tool.strict for tool in tools):
        dropped.append("tools.function.strict")
    return dropped


def _has_detail(part: object) -> bool:
    return isinstance(part, Image) and part.detail not in (None, "auto")
