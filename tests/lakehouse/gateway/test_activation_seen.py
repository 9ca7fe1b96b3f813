"""An activation as two serving processes see it, while streams run through them."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lakehouse.gateway.governed import activate, profile
from tests.serving import Gateway, events
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, text_chunks

STREAMS = 32
ASKED = {"profile": "watched", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def second(governed: Gateway) -> Iterator[Gateway]:
    """Another process of the same gateway."""
    other = Gateway(governed.env, governed.dsn)
    other.token = governed.token
    other.start()
    yield other
    other.stop()


def revision(served: Gateway) -> str:
    with served.client() as client:
        told: str = client.post("/v1/chat", json=ASKED).headers["x-lakehouse-profile"]
        return told


def stream(served: Gateway, told: list[tuple[str, Any]]) -> None:
    with (
        served.client() as client,
        client.stream("POST", "/v1/chat", json=ASKED | {"stream": True}) as answer,
    ):
        told.append((answer.headers["x-lakehouse-profile"], list(events(answer))[-1]))


def test_it_is_seen_by_both_within_a_second_and_disturbs_no_stream(
    governed: Gateway, second: Gateway, upstream: OpenAIServer
) -> None:
    profile(governed, "watched", provider_id="openai_compatible-a")
    second.caught_up()
    paced = Answer.stream(sse(*text_chunks(*"abcdefgh")), pause=0.1)
    upstream.next(*[paced] * STREAMS)
    told: list[tuple[str, Any]] = []
    readers = [
        threading.Thread(target=stream, args=((governed, second)[n % 2], told))
        for n in range(STREAMS)
    ]
    for reader in readers:
        reader.start()
    upstream.wait_for(lambda: len(upstream.ledger) == STREAMS)
    governed.rows("UPDATE profiles_executionprofile SET temperature = 1 WHERE name = 'watched'")
    began = time.monotonic()
    activate(governed, "watched")
    for served in (governed, second):
        served.eventually(lambda served=served: revision(served) == "watched@2", within=1)
    assert time.monotonic() - began < 1
    for reader in readers:
        reader.join(10)
    assert told == [("watched@1", "[DONE]")] * STREAMS
