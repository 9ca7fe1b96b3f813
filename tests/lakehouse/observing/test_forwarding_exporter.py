"""Sending one batch: what goes over the line, and what each answer of a collector means."""

import time
from collections.abc import Iterator

import pytest
import requests
import responses

from lakehouse.observing.forwarding import exporter
from lakehouse.observing.forwarding.exporter import Sink
from lakehouse.observing.forwarding.spans import spans_of
from lakehouse.observing.forwarding.target import Target
from lakehouse.observing.forwarding.waiting import waiting
from tests.lakehouse.observing.calls import seen
from tests.upstreams.collector import spans_in

ENDPOINT = "https://c.example/v1/traces"
ELSEWHERE = "https://elsewhere.example/"
TARGET = Target(ENDPOINT, (("authorization", "Basic canary-0123456789"),))


@pytest.fixture
def collector() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as made:
        yield made


def sent(sink: Sink | None = None) -> tuple[bool, str, float]:
    sink = sink or Sink(TARGET)
    return sink.send(spans_of(waiting(seen(), room=True))), sink.why, sink.pause


def test_a_batch_is_posted_as_protocol_buffers(collector: responses.RequestsMock) -> None:
    collector.post(ENDPOINT)
    assert sent() == (True, "", 1.0)
    request = collector.calls[0].request
    assert request.headers["content-type"] == "application/x-protobuf"
    assert request.headers["authorization"] == "Basic canary-0123456789"
    assert str(request.headers["user-agent"]).startswith("lakehouse/")
    assert isinstance(request.body, bytes) and len(spans_in(request.body)) == 2


def test_a_redirect_is_not_followed_and_not_success(collector: responses.RequestsMock) -> None:
    collector.post(ENDPOINT, status=307, headers={"location": ELSEWHERE})
    collector.post(ELSEWHERE)
    taken, why, _ = sent()
    assert not taken and "never followed" in why
    assert [call.request.url for call in collector.calls] == [ENDPOINT]


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500])
def test_a_refusal_is_not_repeated(collector: responses.RequestsMock, status: int) -> None:
    collector.post(ENDPOINT, status=status)
    taken, why, pause = sent()
    assert not taken and why.startswith(f"https://c.example answered {status}.")
    assert (len(collector.calls), pause) == (1, 1.0)


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_collector_is_asked_again_when_it_says(
    collector: responses.RequestsMock, status: int
) -> None:
    collector.post(ENDPOINT, status=status, headers={"Retry-After": "0.01"})
    collector.post(ENDPOINT)
    assert sent() == (True, "", 1.0)
    assert len(collector.calls) == 2


def test_a_collector_that_wants_long_is_not_waited_for(collector: responses.RequestsMock) -> None:
    collector.post(ENDPOINT, status=429, headers={"Retry-After": "3600"})
    started = time.monotonic()
    taken, _, pause = sent()
    assert not taken and time.monotonic() - started < 1
    assert (len(collector.calls), pause) == (1, 5.0)


def test_repetitions_end(
    collector: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "TIMEOUT_SECS", 0.05)
    collector.post(ENDPOINT, status=503, headers={"Retry-After": "0.02"})
    assert not sent()[0]
    assert 1 < len(collector.calls) < 10


def test_who_cannot_be_reached_is_named_without_keys(
    collector: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "TIMEOUT_SECS", 0.05)
    collector.post(ENDPOINT, body=requests.ConnectionError("canary"))
    taken, why, _ = sent()
    assert not taken
    assert why.startswith("https://c.example cannot be reached (ConnectionError). Is it up")


def test_the_environment_adds_nothing(
    collector: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other=canary")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", ELSEWHERE)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    collector.post(ENDPOINT, headers={"set-cookie": "a=b"})
    sink = Sink(TARGET)
    assert sent(sink)[0] and sent(sink)[0]
    for call in collector.calls:
        assert "x-other" not in call.request.headers and "cookie" not in call.request.headers
        assert not call.request.req_kwargs["proxies"]  # type: ignore[attr-defined]
        assert call.request.req_kwargs["verify"]  # type: ignore[attr-defined]


def test_an_endless_answer_is_not_read(collector: responses.RequestsMock) -> None:
    collector.post(ENDPOINT, body=b"x" * 200_000, auto_calculate_content_length=True)
    response = Sink(TARGET)._session.post(ENDPOINT)
    assert response.raw.closed and response._content is False
