"""Upstreams that answer 200 and yet give no answer, or none that can be."""

from typing import Any

import pytest

from tests.lakehouse.gateway.faults import HTML, WHOLE, recorded, refused
from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, document, error


@pytest.mark.parametrize(
    "content",
    [HTML, b"", b"null", b"[]", b'"ok"', b"{}", b'{"choices": []}', WHOLE[:-20], b"\xff\xfe\x00"],
    ids=["HTML", "nothing", "null", "a list", "a text", "{}", "no choices", "cut", "garbage"],
)
def test_200_with_no_answer_in_it_is_502(
    served: Gateway, upstream: OpenAIServer, content: bytes
) -> None:
    upstream.next(Answer.of(content))
    refused(served, 502, "protocol")


def test_200_with_an_error_in_it_is_that_error(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(error("too long", code="context_length_exceeded")))
    answer = refused(served, 400, "context_length")
    assert "too long" in answer.json()["error"]["message"]


def test_a_whole_answer_that_is_cut_is_502(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document(), cut=40))
    refused(served, 502, "protocol")


def test_a_whole_answer_that_is_too_large_is_502(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document("x" * (17 * 1024 * 1024))))
    answer = refused(served, 502, "protocol")
    assert "larger than" in answer.json()["error"]["message"]


def test_a_stream_that_is_html_is_502(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(HTML, content_type="text/html"))
    refused(served, 502, "protocol", stream=True)


def test_a_stream_of_nothing_is_502(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream([]))
    refused(served, 502, "protocol", stream=True)


def test_a_stream_that_begins_with_an_error_is_that_error(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(error("busy", "server_error", "slow_down"), done=False)))
    answer = refused(served, 503, "overloaded", stream=True)
    assert "busy" in answer.json()["error"]["message"]


# --- what no upstream should be able to do to the ledger ---


def test_half_an_emoji_is_shown_as_a_replacement(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(b'{"choices":[{"message":{"content":"a\\ud83d"}}]}'))
    answer = served.chat(MODEL)
    if answer.status_code == 200:
        assert answer.json()["choices"][0]["message"]["content"] == "a\ufffd"
    assert recorded(served, answer)[0]["outcome"] in ("complete", "failed")


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 3_000_000_000, "completion_tokens": 1},
        {"prompt_tokens": 10**30, "completion_tokens": 1},
        {"prompt_tokens": -5, "completion_tokens": -7},
        {"prompt_tokens": "many", "completion_tokens": None},
        {"prompt_tokens": 1, "completion_tokens": 1, "cost": 1e12},
        {"prompt_tokens": 1, "completion_tokens": 1, "cost": -1},
        {"prompt_tokens": 1, "completion_tokens": 1, "cost": "free"},
    ],
    ids=["billions", "10^30", "negative", "words", "a huge cost", "a negative cost", "cost a word"],
)
@pytest.mark.parametrize("model", ["openai_compatible", "openrouter"])
def test_a_usage_that_cannot_be_is_no_reason_to_lose_a_row(
    served: Gateway, upstreams: dict[str, OpenAIServer], usage: dict[str, Any], model: str
) -> None:
    upstreams[model].next(Answer.of(document() | {"usage": usage}))
    answer = served.chat(model)
    assert answer.status_code == 200
    assert recorded(served, answer)[0]["outcome"] == "complete"


def test_odd_characters_from_an_upstream_are_no_reason_to_lose_a_row(
    served: Gateway, upstream: OpenAIServer
) -> None:
    odd = document("a\0b") | {"id": "i\0d", "model": "m\0\x1b[31m"}
    upstream.next(Answer.of(odd, headers={"x-request-id": "r\xe9q"}))
    answer = served.chat(MODEL)
    assert answer.json()["choices"][0]["message"]["content"] == "a\0b"
    assert recorded(served, answer)[1]["outcome"] == "complete"
    upstream.next(Answer.of(error("n\0o\x07 \u202e"), status=400))
    assert recorded(served, served.chat(MODEL))[0]["error_kind"] == "bad_request"


def test_after_all_this_the_ledger_waits_for_nothing(
    served: Gateway, upstream: OpenAIServer
) -> None:
    assert served.chat(MODEL).status_code == 200
    with served.client() as client:
        served.eventually(lambda: client.get("/readyz").json()["records_waiting"] == 0)
        ready = client.get("/readyz").json()
    assert (ready["records_dropped"], ready["database"]) == (0, "ok")
