"""Requests and endpoints for the tests of the Claude adapter, and what it makes of them."""

import json
from typing import Any

import pytest

from providers.adapters.base import Outgoing
from providers.adapters.claude import Claude
from providers.adapters.claude.traits import origin
from providers.endpoint import Endpoint
from providers.errors import Failure, ProviderError
from providers.events import Event
from providers.messages import (
    Part,
    Reasoning,
    Request,
    State,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.conversation import feed
from tests.upstreams.claude import MODEL, OLDER

ADAPTER = Claude()
LOOK = Tool("look", "Looks.", {"type": "object", "properties": {"at": {"type": "string"}}})
POINT = Tool("point", "Points.", {"type": "object", "properties": {}})
CALL = ToolCall("call_1", "look", '{"at":"sky"}')


def endpoint(**more: Any) -> Endpoint:
    more.setdefault("base_url", "https://api.anthropic.com")
    return Endpoint(name="claude", kind="claude", auth="ANTHROPIC_API_KEY", **more)


def user(*parts: Part | str) -> Turn:
    return Turn("user", tuple(Text(p) if isinstance(p, str) else p for p in parts))


def assistant(*parts: Part | str) -> Turn:
    return Turn("assistant", tuple(Text(p) if isinstance(p, str) else p for p in parts))


def result(call_id: str = "call_1", *parts: Any, **more: Any) -> Turn:
    return Turn("tool", (ToolResult(call_id, "look", parts or (Text("blue"),), **more),))


def request(*turns: Turn, model: str = OLDER, **more: Any) -> Request:
    return Request(model=model, turns=turns or (user("hello"),), **more)


def newer(*turns: Turn, **more: Any) -> Request:
    return request(*turns, model=MODEL, **more)


def sent(asked: Request, **options: Any) -> Outgoing:
    return ADAPTER.chat(endpoint(options=options), asked)


def body(asked: Request, **options: Any) -> Any:
    return json.loads(sent(asked, **options).body)


def messages(asked: Request, **options: Any) -> Any:
    return body(asked, **options)["messages"]


def roles(asked: Request, **options: Any) -> list[str]:
    return [message["role"] for message in messages(asked, **options)]


def texts(message: dict[str, Any]) -> list[str]:
    return [block["text"] for block in message["content"] if block["type"] == "text"]


def notes(asked: Request, **options: Any) -> str:
    return dict(sent(asked, **options).notes).get("x-lakehouse-note", "")


def refusal(asked: Request, **options: Any) -> Failure:
    with pytest.raises(ProviderError) as caught:
        sent(asked, **options)
    return caught.value.failure


def thought(model: str = OLDER, signature: str = "sig") -> Reasoning:
    block = {"type": "thinking", "thinking": "hm", "signature": signature}
    return Reasoning("hm", State(origin(model), "thinking", block))


def decoded(data: bytes, size: int = 0, asked: Request | None = None) -> list[Event]:
    return feed(ADAPTER.decoder(endpoint(), asked or newer()), data, size)
