"""What one process remembers is bounded, and what an upstream says of itself is not believed."""

import math

import pytest

from lakehouse.gateway import states
from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.limits import wording
from lakehouse.gateway.limits.memory import Windows
from lakehouse.gateway.limits.standing import Asked
from lakehouse.gateway.live import Principal
from lakehouse.gateway.states import StateStore
from providers.events import ReasoningDelta, ToolStart
from providers.messages import Request, Text, ToolCall, Turn
from tests.lakehouse.gateway.house import SECRETS
from tests.serving import Gateway, body
from tests.upstreams.base import Answer as Reply
from tests.upstreams.openai import OpenAIServer, document


def thought(call: str, size: int) -> Answer:
    answer = Answer()
    answer.add(ReasoningDelta("r" * size))
    answer.add(ToolStart(0, call, "f"))
    return answer


def remembered(store: StateStore, call: str) -> bool:
    asked = Request("m", (Turn("assistant", (Text("x"), ToolCall(call, "f", "{}"))),))
    return store.restore(1, asked) != asked


def test_remembered_state_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MAX_BYTES", 10_000)
    store = StateStore()
    for number in range(5):
        store.keep(1, thought(f"c{number}", 4000))
    assert [remembered(store, f"c{n}") for n in range(5)] == [False] * 3 + [True] * 2


def test_state_kept_again_under_one_id_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MAX_BYTES", 10_000)
    store = StateStore()
    store.keep(1, thought("other", 4000))
    for _ in range(5):
        store.keep(1, thought("same", 4000))
    assert remembered(store, "other")
    assert remembered(store, "same")


def test_who_waits_as_long_as_told_is_admitted() -> None:
    windows, asked = Windows(), Asked(1, 1, None)
    hasty = Principal(1, "t", "t", "internal", frozenset(), 1, False, None)
    windows.take(asked, 0.0)
    refused = wording.too_many_requests(hasty, asked, windows.take(asked, 58.6))
    wait = int(refused.all_headers()["retry-after"])
    assert f"Wait {wait} s" in refused.message
    assert windows.take(asked, 58.6 + wait).refused is None
    assert wait == math.ceil(1.4)


@pytest.mark.parametrize("where", ["header", "body"])
def test_an_upstreams_id_that_is_our_key_is_not_in_the_ledger(
    served: Gateway, upstream: OpenAIServer, where: str
) -> None:
    key = SECRETS["openai_compatible"]
    headers = {"x-request-id": f"req-{key}"} if where == "header" else {}
    upstream.next(Reply.of(document() | {"id": f"chatcmpl-{key}"}, headers=headers))
    with served.client() as client:
        answer = client.post("/v1/chat", json=body("openai_compatible/gpt-test"))
    call = answer.headers["x-request-id"]
    served.call(call)
    assert "[redacted]" in served.attempts(call)[0]["upstream_id"]
    assert key not in str(served.attempts(call))
