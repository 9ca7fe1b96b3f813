"""Opaque state for clients that throw it away: kept by key and call, given back once asked."""

import pytest

from lakehouse.gateway import states
from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.states import StateStore
from providers.events import Event, ReasoningDelta, ReasoningState, TextDelta, ToolStart
from providers.messages import Part, Reasoning, Request, State, Text, ToolCall, Turn

THOUGHT, SIGNED = State("o", "thought", 1), State("o", "call", 2)
KEY = 7


def answer(*events: Event) -> Answer:
    made = Answer()
    for event in events:
        made.add(event)
    return made


def calling(call_id: str = "c1") -> Answer:
    return answer(ReasoningDelta("hm"), ReasoningState(THOUGHT), ToolStart(0, call_id, "f", SIGNED))


def restored(store: StateStore, *parts: Part, key: int = KEY) -> tuple[Part, ...]:
    request = Request("m", (Turn("user", (Text("hi"),)), Turn("assistant", parts)))
    return store.restore(key, request).turns[1].parts


BARE = ToolCall("c1", "f", "{}")


def test_what_came_with_a_call_is_given_back_with_it() -> None:
    store = StateStore()
    store.keep(KEY, calling())
    assert restored(store, Text("x"), BARE) == (
        Reasoning("hm"),
        Reasoning("", THOUGHT),
        Text("x"),
        ToolCall("c1", "f", "{}", SIGNED),
    )


def test_a_second_call_of_the_same_message_gets_its_own_state() -> None:
    store, other = StateStore(), State("o", "call", 3)
    store.keep(KEY, answer(ToolStart(0, "c1", "f", SIGNED), ToolStart(1, "c2", "g", other)))
    first, second = restored(store, BARE, ToolCall("c2", "g", "{}"))
    assert isinstance(first, ToolCall) and isinstance(second, ToolCall)
    assert (first.state, second.state) == (SIGNED, other)


@pytest.mark.parametrize("own", [Reasoning("mine"), Reasoning("", State("o", "k", 9))])
def test_a_message_that_brings_its_own_is_left_alone(own: Reasoning) -> None:
    store = StateStore()
    store.keep(KEY, calling())
    assert restored(store, own, BARE) == (own, BARE)


def test_a_call_that_brings_its_own_is_left_alone() -> None:
    store, mine = StateStore(), ToolCall("c1", "f", "{}", State("o", "k", 9))
    store.keep(KEY, calling())
    assert restored(store, mine) == (mine,)


def test_another_key_gets_nothing() -> None:
    store = StateStore()
    store.keep(KEY, calling())
    assert restored(store, BARE, key=KEY + 1) == (BARE,)


def test_an_unknown_call_gets_nothing() -> None:
    store = StateStore()
    store.keep(KEY, calling("c9"))
    assert restored(store, BARE) == (BARE,)


def test_a_message_without_calls_gets_nothing() -> None:
    store = StateStore()
    store.keep(KEY, calling())
    assert restored(store, Text("x")) == (Text("x"),)


def test_an_answer_without_calls_or_without_state_is_not_kept() -> None:
    store = StateStore()
    store.keep(KEY, answer(ReasoningDelta("hm"), ReasoningState(THOUGHT), TextDelta("x")))
    store.keep(KEY, answer(ToolStart(0, "c1", "f")))
    store.keep(KEY, answer())
    request = Request("m", (Turn("assistant", (BARE,)),))
    assert store.restore(KEY, request) is request


def test_reasoning_alone_is_kept_for_a_call() -> None:
    store = StateStore()
    store.keep(KEY, answer(ReasoningDelta("hm"), ToolStart(0, "c1", "f")))
    assert restored(store, BARE) == (Reasoning("hm"), BARE)


def test_the_oldest_go_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MAX_ENTRIES", 2)
    store = StateStore()
    for call_id in ("c1", "c2", "c3"):
        store.keep(KEY, calling(call_id))
    assert restored(store, BARE) == (BARE,)
    assert restored(store, ToolCall("c3", "f", "{}"))[0] == Reasoning("hm")


def test_after_its_age_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    store = StateStore()
    store.keep(KEY, calling())
    monkeypatch.setattr(states, "MAX_AGE_SECS", 0.0)
    assert restored(store, BARE) == (BARE,)
