"""Upstreams that fail before any token: what the client gets, and what the ledger keeps."""

import gzip
from typing import Any

import pytest

from tests.lakehouse.gateway.faults import HTML, TEXT, recorded, refused
from tests.serving import Gateway
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, document, error

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


# --- before an answer ---


@both_ways
def test_nobody_listening_is_502_and_was_not_accepted(served: Gateway, stream: bool) -> None:
    answer = refused(served, 502, "unreachable", "gone", stream=stream)
    assert "Is the server up and the base URL right?" in answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "true"
    assert recorded(served, answer)[1]["accepted"] is False


@both_ways
def test_an_upstream_that_dies_before_its_headers_may_have_accepted(
    served: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    upstream.next(Answer(raw=b""))
    answer = refused(served, 502, "protocol", stream=stream)
    assert recorded(served, answer)[1]["accepted"] is True
    assert len(upstream.ledger) == 1


@both_ways
def test_an_answer_that_is_no_http_is_refused(
    served: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    upstream.next(Answer(raw=b"\x16\x03\x01\x00 garbage \xff\xfe\r\n\r\n"))
    refused(served, 502, "protocol", stream=stream)


@both_ways
def test_headers_that_are_cut_are_refused(
    served: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    upstream.next(Answer(raw=b"HTTP/1.1 200 OK\r\ncontent-type: app"))
    refused(served, 502, "protocol", stream=stream)


@both_ways
def test_a_redirect_is_never_followed(
    served: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    location = {"location": f"{upstream.url}/elsewhere"}
    upstream.next(Answer.of({}, status=307, headers=location))
    answer = refused(served, 502, "protocol", stream=stream)
    assert "redirect" in answer.json()["error"]["message"]
    assert len(upstream.ledger) == 1


@both_ways
def test_a_compressed_answer_is_refused(
    served: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    packed = gzip.compress(b'{"x": "' + b"0" * 1_000_000 + b'"}')
    upstream.next(Answer.of(packed, headers={"content-encoding": "gzip"}))
    answer = refused(served, 502, "protocol", stream=stream)
    assert "compressed" in answer.json()["error"]["message"]
    assert upstream.last.headers["accept-encoding"] == "identity"


def test_a_slow_first_token_is_504(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(TEXT, delay=5))
    answer = refused(served, 504, "timeout", "hasty", stream=True)
    assert "first_token_timeout of 0.2 s" in answer.json()["error"]["message"]


def test_headers_without_a_token_are_504_too(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(TEXT[:1], stall_after=1))
    refused(served, 504, "timeout", "hasty", stream=True)


@pytest.mark.parametrize("fault", [{"delay": 5.0}, {"stall_after": 0}], ids=["headers", "body"])
def test_a_slow_whole_answer_is_504_after_the_total_time(
    served: Gateway, upstream: OpenAIServer, fault: dict[str, Any]
) -> None:
    upstream.next(Answer.of(document(), **fault))
    answer = refused(served, 504, "timeout", "brief")
    assert "total_timeout of 0.4 s" in answer.json()["error"]["message"]


def test_comments_for_ever_do_not_hold_off_the_first_token_limit(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream([b": still here\n\n"] * 200, pause=0.05))
    refused(served, 504, "timeout", "hasty", stream=True)


# --- statuses ---


@both_ways
def test_429_passes_its_retry_after_on(
    served: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    limited = error("slow down", "requests", "rate_limit_exceeded")
    upstream.next(Answer.of(limited, status=429, headers={"retry-after": "17"}))
    answer = refused(served, 429, "rate_limit", stream=stream)
    assert answer.headers["retry-after"] == "17"
    assert recorded(served, answer)[1]["status"] == 429


@pytest.mark.parametrize(
    ("status", "ours", "kind"),
    [
        (400, 400, "bad_request"),
        (401, 502, "auth"),
        (403, 403, "permission"),
        (404, 502, "protocol"),
        (413, 413, "too_large"),
        (422, 400, "bad_request"),
        (429, 429, "rate_limit"),
        (500, 502, "server"),
        (503, 503, "overloaded"),
        (504, 504, "timeout"),
    ],
)
def test_a_status_with_an_html_body_is_named_by_its_status(
    served: Gateway, upstream: OpenAIServer, status: int, ours: int, kind: str
) -> None:
    upstream.next(Answer.of(HTML, status=status, content_type="text/html"))
    answer = refused(served, ours, kind)
    assert "<html>" not in answer.text


def test_an_error_body_that_never_ends_is_not_waited_for(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream([b'{"error": {"message": "no'], status=500, stall_after=1))
    refused(served, 502, "server", "hasty")


def test_an_error_body_of_megabytes_is_cut(served: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(error("x" * 5_000_000), status=400))
    assert len(refused(served, 400, "bad_request").content) < 2000
