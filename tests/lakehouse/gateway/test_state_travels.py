"""An upstream's opaque state comes back to it, through clients that throw unknown fields away."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.serving import Gateway
from tests.upstreams import claude, gemini, kimi, openrouter
from tests.upstreams.base import Answer, UpstreamServer, sse
from tests.upstreams.kinds import PLAYED

Upstreams = dict[str, UpstreamServer]
SEAL = "c2VhbGVkLWJ5LXRoZS11cHN0cmVhbQ=="
QUESTION = {"role": "user", "content": "Weather in Oslo?"}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
ARGUMENTS = '{"city":"Oslo"}'


def from_gemini() -> Answer:
    called = gemini.call("weather", {"city": "Oslo"}, SEAL)
    return Answer.of(gemini.answer(gemini.candidate(called, finish="STOP")))


def from_claude() -> Answer:
    parts = claude.thinking(0, SEAL, "Hm."), claude.tool(1, "toolu_1", "weather", ARGUMENTS)
    return Answer.stream([claude.answer(*parts, reason="tool_use")])


def from_kimi() -> Answer:
    called = kimi.chunk(tool_calls=[kimi.call("weather:0", "weather", ARGUMENTS)])
    thought = kimi.chunk(reasoning_content=SEAL)
    return Answer.stream(sse(thought, called, kimi.chunk("tool_calls", usage=kimi.USAGE)))


def from_openrouter() -> Answer:
    call = {"id": "call_1", "type": "function"}
    call |= {"function": {"name": "weather", "arguments": ARGUMENTS}}  # type: ignore[dict-item]
    details = [openrouter.thought(text="Hm.", signature=SEAL)]
    said = {"reasoning": "Hm.", "reasoning_details": details, "tool_calls": [call]}
    return Answer.of(openrouter.document(None, "tool_calls", **said))


SEALED: dict[str, Callable[[], Answer]] = {
    "gemini": from_gemini,
    "claude": from_claude,
    "kimi": from_kimi,
    "openrouter": from_openrouter,
}
every_sealed = pytest.mark.parametrize("kind", SEALED)


def send(served: Gateway, kind: str, *messages: Any, token: str | None = None) -> dict[str, Any]:
    sent = {
        "model": f"{kind}/{PLAYED[kind].model}",
        "messages": [QUESTION, *messages],
        "tools": TOOLS,
        "reasoning_effort": "high",
    }
    with served.client(token) as client:
        answer = client.post("/v1/chat", json=sent)
    assert answer.status_code == 200, answer.text
    message: dict[str, Any] = answer.json()["choices"][0]["message"]
    return message


def turn(message: dict[str, Any], keep: bool = False) -> list[dict[str, Any]]:
    """The message as a client sends it back, and the tool's result after it."""
    calls = message["tool_calls"]
    if keep:
        back = message
    else:
        known = ("id", "type", "function")
        bare = [{name: call[name] for name in known} for call in calls]
        back = {"role": "assistant", "content": message["content"], "tool_calls": bare}
    return [back, {"role": "tool", "tool_call_id": calls[0]["id"], "content": "It rains."}]


@every_sealed
def test_it_comes_back_though_the_client_dropped_it(
    served: Gateway, upstreams: Upstreams, kind: str
) -> None:
    upstreams[kind].next(SEALED[kind]())
    send(served, kind, *turn(send(served, kind)))
    assert SEAL.encode() in upstreams[kind].last.body


@every_sealed
def test_it_comes_back_once_from_a_client_that_kept_it(
    served: Gateway, upstreams: Upstreams, kind: str
) -> None:
    upstreams[kind].next(SEALED[kind]())
    send(served, kind, *turn(send(served, kind), keep=True))
    assert upstreams[kind].last.body.count(SEAL.encode()) == 1


@every_sealed
def test_another_key_does_not_get_it(served: Gateway, upstreams: Upstreams, kind: str) -> None:
    upstreams[kind].next(SEALED[kind]())
    message = send(served, kind)
    send(served, kind, *turn(message), token=served.live_key())
    assert SEAL.encode() not in upstreams[kind].last.body


@pytest.mark.parametrize("other", ["openai_compatible", "ollama"])
def test_another_upstream_does_not_get_it(
    served: Gateway, upstreams: Upstreams, other: str
) -> None:
    upstreams["gemini"].next(from_gemini())
    send(served, other, *turn(send(served, "gemini"), keep=True))
    assert SEAL.encode() not in upstreams[other].last.body
