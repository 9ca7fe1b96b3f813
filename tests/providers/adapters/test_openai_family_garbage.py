"""Whatever an upstream sends, an answer ends exactly once, in a value that can be encoded."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.events import End, Event, Fail
from tests.conversation import feed
from tests.providers.adapters.openai_family import Family

FAMILIES = [
    Family("openai_compatible", "http://localhost:8000/v1", "m"),
    Family("openrouter", "https://openrouter.ai/api/v1", "a/m"),
    Family("kimi", "https://api.kimi.com/coding/v1", "kimi-for-coding"),
]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
CALL = st.fixed_dictionaries({}, optional=dict.fromkeys(["index", "id", "function"], JUNK))
DELTA = st.fixed_dictionaries(
    {"tool_calls": st.lists(CALL, max_size=2) | JUNK},
    optional=dict.fromkeys(["content", "reasoning", "reasoning_details", "refusal"], JUNK),
)
CHOICE = st.fixed_dictionaries(
    {"delta": DELTA}, optional=dict.fromkeys(["index", "finish_reason", "logprobs", "usage"], JUNK)
)
CHUNK = st.fixed_dictionaries(
    {"choices": st.lists(CHOICE, max_size=2)},
    optional=dict.fromkeys(["id", "usage", "error"], JUNK),
)
fast = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def assert_ends_once(events: list[Event]) -> None:
    ends = [event for event in events if isinstance(event, End | Fail)]
    assert ends == events[-1:]
    msgspec.json.encode(events)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.adapter.kind)
@fast
@given(chunks=st.lists(CHUNK | JUNK, max_size=4))
def test_a_stream_of_impossible_chunks_ends_once(family: Family, chunks: list[Any]) -> None:
    texts = [json.dumps(chunk) for chunk in chunks]
    assert_ends_once(family.streamed(*texts))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.adapter.kind)
@pytest.mark.parametrize("stream", [True, False])
@fast
@given(data=st.binary(max_size=60))
def test_bytes_of_any_kind_end_once(family: Family, stream: bool, data: bytes) -> None:
    decoder = family.adapter.decoder(family.endpoint(), family.asking(stream=stream))
    assert_ends_once(feed(decoder, data))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.adapter.kind)
@fast
@given(status=st.integers(400, 599), body=st.binary(max_size=40) | JUNK.map(json.dumps))
def test_an_error_of_any_shape_is_named(family: Family, status: int, body: bytes | str) -> None:
    data = body if isinstance(body, bytes) else body.encode()
    found = family.named(status, data)
    assert found.message.startswith(f"{family.adapter.kind} answered {status}: ")
