"""Streams: looked at when they end, the verdict in the finish chunk; repaired ones whole inside."""

from typing import Any

import pytest
from openai import OpenAI

from tests.lakehouse.gateway.test_repair import BAD, GOOD, WANTED, A, ask, ledger, scripted
from tests.serving import Gateway, body, events
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, chunk, text_chunks


def streamed(upstream: OpenAIServer, text: str) -> None:
    upstream.next(Answer.stream(sse(*text_chunks(*text))))


def verdicts(found: list[Any]) -> list[Any]:
    return [e["lakehouse"] for e in found if e != "[DONE]" and "lakehouse" in e]


@pytest.mark.parametrize("usage", [True, False])
def test_a_streams_verdict_is_in_its_finish_chunk(
    governed: Gateway, upstream: OpenAIServer, usage: bool
) -> None:
    streamed(upstream, BAD)
    answer = ask(governed, stream=True, stream_options={"include_usage": usage})
    found = list(events(answer))
    (told,) = verdicts(found)
    assert [e["path"] for e in told["invalid"]] == ["$.n"]
    finish = next(e for e in found if e["choices"] and e["choices"][0]["finish_reason"])
    assert finish["lakehouse"] == told
    assert found[-1] == "[DONE]"
    row = governed.call(answer.headers["x-request-id"])
    assert (row["outcome"], row["invalid"]) == ("complete", told["invalid"])


def test_a_valid_streams_verdict_is_that_nothing_is_wrong(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    streamed(upstream, GOOD)
    assert verdicts(list(events(ask(governed, stream=True)))) == [{"invalid": []}]


def test_words_come_while_the_upstream_is_still_open(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    chunks = sse(*text_chunks("a", "b"))
    upstream.next(Answer.stream(chunks, stall_after=3))
    with (
        governed.client() as client,
        client.stream(
            "POST", "/v1/chat", json=body(f"{A}/m") | WANTED | {"stream": True}
        ) as answer,
    ):
        first = next(e for e in events(answer) if e["choices"][0]["delta"].get("content"))
    assert first["choices"][0]["delta"]["content"] == "a"


def test_a_stream_that_is_held_to_nothing_has_no_verdict(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    answer = ask(governed, stream=True, response_format={"type": "text"})
    assert verdicts(list(events(answer))) == []


def test_a_stream_without_a_finish_has_its_verdict_before_the_end(
    governed: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(chunk(content=BAD))))
    found = list(events(ask(governed, stream=True)))
    if found[-1] == "[DONE]":
        assert len(verdicts(found)) == 1
    else:
        assert "error" in found[-1]


@pytest.mark.parametrize("bad", [0, 1, 3])
def test_a_repaired_stream_has_the_last_answer_only(
    governed: Gateway, upstream: OpenAIServer, bad: int
) -> None:
    scripted(upstream, *[BAD] * bad, GOOD)
    answer = ask(governed, stream=True, repair=2)
    found = list(events(answer))
    said = "".join(e["choices"][0]["delta"].get("content") or "" for e in found[:-1])
    assert said == (GOOD if bad <= 2 else BAD)
    (told,) = verdicts(found)
    assert len(told["repair"]["attempts"]) == min(bad, 2) + 1
    assert bool(told["invalid"]) is (bad > 2)
    assert all(not asked.json.get("stream") for asked in upstream.ledger)
    assert len(ledger(governed, answer)) == min(bad, 2) + 1


def test_openais_client_survives_a_verdict(governed: Gateway, upstream: OpenAIServer) -> None:
    scripted(upstream, "no JSON", GOOD)
    sdk = OpenAI(base_url=f"{governed.url}/v1", api_key=governed.token, max_retries=0)
    asked = sdk.chat.completions.stream(
        model=f"{A}/m",
        messages=[{"role": "user", "content": "Count."}],
        response_format={"type": "json_object"},
        extra_body={"repair": 2},
    )
    with sdk, asked as stream:
        for _ in stream:
            continue
        final = stream.get_final_completion()
    assert final.choices[0].message.content == GOOD
    assert final.choices[0].finish_reason == "stop"
