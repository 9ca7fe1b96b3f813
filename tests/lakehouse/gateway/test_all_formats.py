"""Every wire format through the served gateway, from nothing but an entry of providers.toml."""

import json
from typing import Any

import pytest

from tests.lakehouse.gateway import house
from tests.serving import Gateway, body, events
from tests.upstreams.base import UpstreamServer
from tests.upstreams.kinds import ARGUMENTS, PLAYED, THOUGHT, TOOL

Upstreams = dict[str, UpstreamServer]
TOOLS = [{"type": "function", "function": {"name": TOOL, "parameters": {"type": "object"}}}]
every_kind = pytest.mark.parametrize("kind", PLAYED)
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def said(served: Gateway, kind: str, stream: bool, **fields: Any) -> dict[str, Any]:
    """The answer's message, put together from its chunks where it is streamed."""
    model = f"{kind}/{PLAYED[kind].model}"
    if not stream:
        answer = served.chat(model, "Hello there", **fields)
        assert answer.status_code == 200, answer.text
        choice = answer.json()["choices"][0]
        return dict(choice["message"], finish_reason=choice["finish_reason"])
    sent = body(model, "Hello there", stream=True, **fields)
    with served.client() as client, client.stream("POST", "/v1/chat", json=sent) as response:
        *chunks, done = list(events(response))
    assert done == "[DONE]"
    return put_together([chunk["choices"][0] for chunk in chunks])


def put_together(choices: list[dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {"finish_reason": choices[-1]["finish_reason"]}
    for delta in (choice["delta"] for choice in choices):
        for field in ("content", "reasoning_content"):
            message[field] = message.get(field, "") + (delta.get(field) or "")
        for call in delta.get("tool_calls", ()):
            calls = message.setdefault("tool_calls", [])
            if call["index"] == len(calls):
                calls.append(call)
            else:
                calls[call["index"]]["function"]["arguments"] += call["function"]["arguments"]
    return message


@every_kind
@both_ways
def test_it_answers(served: Gateway, upstreams: Upstreams, kind: str, stream: bool) -> None:
    message = said(served, kind, stream)
    assert message["content"] == "Hello there"
    assert message["finish_reason"] == "stop"


@every_kind
@both_ways
def test_it_calls_tools(served: Gateway, upstreams: Upstreams, kind: str, stream: bool) -> None:
    upstreams[kind].next(PLAYED[kind].tool(stream))
    message = said(served, kind, stream, tools=TOOLS)
    (call,) = message["tool_calls"]
    assert call["function"]["name"] == TOOL
    assert json.loads(call["function"]["arguments"]) == ARGUMENTS
    assert message["finish_reason"] == "tool_calls"


@every_kind
@both_ways
def test_it_shows_its_reasoning(
    served: Gateway, upstreams: Upstreams, kind: str, stream: bool
) -> None:
    upstreams[kind].next(PLAYED[kind].thought(stream))
    message = said(served, kind, stream, reasoning_effort="high")
    assert message["reasoning_content"] == THOUGHT
    assert message["content"] == "Hello there"


@every_kind
def test_it_takes_a_tools_result(served: Gateway, upstreams: Upstreams, kind: str) -> None:
    upstreams[kind].next(PLAYED[kind].tool(False))
    question = {"role": "user", "content": "Weather?"}
    with served.client() as client:
        sent = {"model": kind, "messages": [question], "tools": TOOLS}
        asking = client.post("/v1/chat", json=sent).json()["choices"][0]["message"]
        result = {
            "role": "tool",
            "tool_call_id": asking["tool_calls"][0]["id"],
            "content": "It rains.",
        }
        answer = client.post("/v1/chat", json=sent | {"messages": [question, asking, result]})
    assert answer.status_code == 200, answer.text
    assert b"It rains." in upstreams[kind].last.body


@every_kind
def test_it_gets_its_key_where_its_vendor_wants_it(
    served: Gateway, upstreams: Upstreams, kind: str
) -> None:
    served.chat(f"{kind}/{PLAYED[kind].model}")
    header, word = PLAYED[kind].key
    assert upstreams[kind].last.headers[header] == word + house.SECRETS[kind]


@every_kind
def test_it_is_told_who_calls(served: Gateway, upstreams: Upstreams, kind: str) -> None:
    served.chat(kind)
    assert upstreams[kind].last.headers["user-agent"].startswith("lakehouse/")


@every_kind
def test_its_tokens_are_recorded(served: Gateway, upstreams: Upstreams, kind: str) -> None:
    row = served.call(served.chat(kind).headers["x-request-id"])
    assert (row["provider"], row["outcome"], row["attempts_made"]) == (kind, "complete", 1)
    assert row["input_tokens"] > 0
    assert row["output_tokens"] > 0


@pytest.mark.parametrize("kind", [kind for kind, played in PLAYED.items() if played.embeds])
def test_it_embeds(served: Gateway, upstreams: Upstreams, kind: str) -> None:
    with served.client() as client:
        answer = client.post("/v1/embeddings", json={"model": kind, "input": ["one", "two"]})
    assert answer.status_code == 200, answer.text
    assert [entry["index"] for entry in answer.json()["data"]] == [0, 1]


@pytest.mark.parametrize("kind", [kind for kind, played in PLAYED.items() if not played.embeds])
def test_what_has_no_embeddings_says_so(served: Gateway, upstreams: Upstreams, kind: str) -> None:
    with served.client() as client:
        answer = client.post("/v1/embeddings", json={"model": kind, "input": "one"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unsupported_parameter"
    assert upstreams[kind].ledger == []
