"""Stopping the server: open calls may end, the rest are told, every one is recorded."""

import signal
import threading
import time
from typing import Any

import httpx

from tests.serving import Gateway, body, events
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, text_chunks

MODEL = "openai_compatible/m"


class Reader(threading.Thread):
    """Reads one stream to its end."""

    def __init__(self, served: Gateway) -> None:
        super().__init__()
        self.served = served
        self.received: list[Any] = []
        self.begun = threading.Event()
        self.start()

    def run(self) -> None:
        sent = body(MODEL, stream=True)
        with self.served.client() as client, client.stream("POST", "/v1/chat", json=sent) as answer:
            for event in events(answer):
                self.received.append(event)
                self.begun.set()


def streaming(served: Gateway, upstream: OpenAIServer, number: int, answer: Answer) -> list[Reader]:
    upstream.next(*[answer] * number)
    readers = [Reader(served) for _ in range(number)]
    for reader in readers:
        assert reader.begun.wait(5)
    return readers


def outcomes(served: Gateway) -> dict[str, int]:
    rows = served.rows("SELECT outcome, count(*) AS n FROM gateway_call GROUP BY 1")
    return {row["outcome"]: row["n"] for row in rows}


def test_fifty_streams_end_by_themselves_within_the_budget(
    impatient: Gateway, upstream: OpenAIServer
) -> None:
    answer = Answer.stream(sse(*text_chunks(*"abcdefgh")), pause=0.04)
    readers = streaming(impatient, upstream, 50, answer)
    impatient.signal(signal.SIGTERM)
    assert impatient.process.wait(10) == 0
    for reader in readers:
        reader.join(5)
    assert all(reader.received[-1] == "[DONE]" for reader in readers)
    assert outcomes(impatient) == {"complete": 50}


def test_streams_past_the_budget_get_an_error_event_and_no_done(
    impatient: Gateway, upstream: OpenAIServer
) -> None:
    answer = Answer.stream(sse(*text_chunks(*"ab" * 500)), pause=0.05)
    readers = streaming(impatient, upstream, 20, answer)
    started = time.monotonic()
    impatient.signal(signal.SIGTERM)
    assert impatient.process.wait(10) == 0
    assert time.monotonic() - started < 3
    for reader in readers:
        reader.join(5)
        assert reader.received[-1]["error"]["code"] == "server_shutting_down"
    assert outcomes(impatient) == {"shutdown": 20}


def test_a_whole_answer_past_the_budget_is_a_503_that_may_be_sent_again(
    impatient: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of({}, delay=20))
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(impatient.chat(MODEL)))
    asking.start()
    upstream.wait_for(lambda: upstream.ledger)
    impatient.signal(signal.SIGTERM)
    assert impatient.process.wait(10) == 0
    asking.join(5)
    assert answers[0].status_code == 503
    assert answers[0].headers["x-should-retry"] == "true"
    assert outcomes(impatient) == {"shutdown": 1}


def test_while_draining_the_server_is_not_ready(impatient: Gateway, upstream: OpenAIServer) -> None:
    with impatient.client() as idle:
        assert idle.get("/readyz").status_code == 200
        streaming(impatient, upstream, 1, Answer.stream(sse(*text_chunks("a")), stall_after=2))
        impatient.signal(signal.SIGTERM)
        time.sleep(0.2)
        try:
            status = idle.get("/readyz").status_code
        except httpx.TransportError:
            status = 503
    assert status == 503
