"""What is sent to `/api/chat`: the request's fields in Ollama's words."""

from typing import Any

import msgspec

from providers.adapters.base import NOTE_HEADER, Outgoing
from providers.adapters.ollama import options, unheard
from providers.adapters.ollama.history import messages
from providers.adapters.ollama.thinking import think
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import Allowed, JsonSchema, Named, Request, Segment, Tool

_SAMPLING = ("temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty")
_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}
_IN_WORDS = (
    "Answer with one JSON object and nothing else: no prose around it, no code fence. "
    "It must fit this JSON schema: "
)


def chat(endpoint: Endpoint, request: Request, *, cloud: bool) -> Outgoing:
    """`cloud` is whether the model runs there: its schemas are described, not enforced.

    Raises ProviderError(bad_request | unsupported) with `param` set.
    """
    if request.sampling.n not in (None, 1):
        text = "Ollama gives one choice a call. Leave n out, or call again."
        raise ProviderError(failure(ErrorKind.UNSUPPORTED, text, accepted=False, param="n"))
    thinks = think(request.model, request.thinking)
    limit = request.limit
    notes: tuple[tuple[str, str], ...] = ()
    if limit is not None and limit < endpoint.min_output_tokens and thinks is not False:
        text = f"max_tokens {limit} was sent as {endpoint.min_output_tokens}, the provider's floor"
        notes, limit = ((NOTE_HEADER, text),), endpoint.min_output_tokens
    fields = {
        "model": request.model,
        "messages": messages(_system(request, cloud), request.turns),
        "stream": request.stream,
        "tools": [_tool(tool) for tool in _offered(request)] or None,
        "think": thinks,
        "format": _format(request, cloud),
        "logprobs": request.sampling.logprobs,
        "top_logprobs": request.sampling.top_logprobs,
        "options": options.inside(endpoint) | _sampling(request, limit) or None,
        **options.beside(endpoint, "truncate", "shift", "keep_alive"),
    }
    body = msgspec.json.encode({name: v for name, v in fields.items() if v is not None})
    dropped = unheard.fields(request, cloud=cloud)
    return Outgoing("POST", "/api/chat", body, dropped=dropped, notes=notes)


def _system(request: Request, cloud: bool) -> tuple[Segment, ...]:
    if not (cloud and isinstance(request.output, JsonSchema)):
        return request.system
    schema = msgspec.json.encode(request.output.schema).decode()
    first = [segment for segment in request.system if segment.after == 0]
    return (*first, Segment(_IN_WORDS + schema), *request.system[len(first) :])


def _format(request: Request, cloud: bool) -> str | dict[str, Any] | None:
    match request.output:
        case "text":
            return None
        case JsonSchema(schema=schema) if not cloud:
            return schema
        case _:
            return "json"


def _offered(request: Request) -> tuple[Tool, ...]:
    """The server ignores a choice, so the only lever is which tools it sees."""
    match request.tool_choice:
        case "none":
            return ()
        case Named(name=name):
            return tuple(tool for tool in request.tools if tool.name == name)
        case Allowed(names=names):
            return tuple(tool for tool in request.tools if tool.name in names)
        case _:
            return request.tools


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description is not None:
        function["description"] = tool.description
    function["parameters"] = tool.json_schema or _NO_PARAMETERS
    return {"type": "function", "function": function}


def _sampling(request: Request, limit: int | None) -> dict[str, Any]:
    """Only what was asked for: the rest is the model file's."""
    asked = request.sampling
    found = {name: v for name in _SAMPLING if (v := getattr(asked, name)) is not None}
    if asked.stop:
        found["stop"] = asked.stop
    if limit is not None:
        found["num_predict"] = limit
    return found
