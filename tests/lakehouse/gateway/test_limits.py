"""Requests and tokens per minute: exact for one key, whoever asks at once."""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx

from lakehouse.gateway.limits.memory import Windows
from lakehouse.gateway.limits.standing import TOKENS_SECS, WINDOW_SECS, Asked
from tests.serving import Gateway, body
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, text_chunks


def statuses(served: Gateway, token: str, number: int) -> Counter[int]:
    async def run() -> Counter[int]:
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            base_url=served.url, headers=headers, trust_env=False, timeout=20
        ) as client:
            calls = [client.post("/v1/chat", json=body("echo")) for _ in range(number)]
            return Counter([answer.status_code for answer in await asyncio.gather(*calls)])

    return asyncio.run(run())


def test_of_two_hundred_at_once_exactly_fifty_pass(served: Gateway) -> None:
    token = served.live_key(requests_per_minute=50)
    assert statuses(served, token, 200) == {200: 50, 429: 150}


def test_a_refusal_says_when_to_come_back(served: Gateway) -> None:
    token = served.live_key(requests_per_minute=1)
    with served.client(token) as client:
        client.post("/v1/chat", json=body("echo"))
        answer = client.post("/v1/chat", json=body("echo"))
    assert answer.status_code == 429
    assert 50 < int(answer.headers["retry-after"]) <= 60
    error = answer.json()["error"]
    assert error["code"] == "rate_limit_exceeded"
    assert 'The key "test" may make 1 request a minute' in error["message"]
    assert "ask tests for a higher limit" in error["message"]


def test_keys_do_not_share_a_limit(served: Gateway) -> None:
    first, second = (served.live_key(requests_per_minute=3) for _ in range(2))
    assert statuses(served, first, 5) == {200: 3, 429: 2}
    assert statuses(served, second, 5) == {200: 3, 429: 2}


def test_what_calls_no_provider_is_not_counted_nor_refused(served: Gateway) -> None:
    token = served.live_key(requests_per_minute=1)
    with served.client(token) as client:
        for _ in range(5):
            assert client.get("/v1/models").status_code == 200
        assert client.post("/v1/chat", json=body("echo")).status_code == 200
        told = client.post(f"/v1/chat/{uuid4()}/feedback", json={"verdict": "helpful"})
        assert told.status_code == 404
        assert client.post("/v1/chat/explain", json=body("echo")).status_code == 200


def test_a_refused_request_is_not_in_the_ledger(served: Gateway) -> None:
    token = served.live_key(label="counted", requests_per_minute=1)
    statuses(served, token, 4)
    sql = (
        "SELECT c.outcome FROM gateway_call c JOIN gateway_apikey k ON k.id = c.api_key_id "
        "WHERE k.label = 'counted' AND c.outcome <> 'running'"
    )
    assert served.eventually(lambda: served.rows(sql)) == [{"outcome": "complete"}]


def test_each_answer_of_a_key_with_limits_tells_how_it_stands(served: Gateway) -> None:
    token = served.live_key(requests_per_minute=3, tokens_per_minute=1000)
    with served.client(token) as client:
        answers = [client.post("/v1/chat", json=body("echo")) for _ in range(4)]
    left = [answer.headers["x-ratelimit-remaining-requests"] for answer in answers]
    assert left == ["2", "1", "0", "0"]
    assert {answer.headers["x-ratelimit-limit-tokens"] for answer in answers} == {"1000"}
    assert float(answers[3].headers["x-ratelimit-reset-requests"].rstrip("s")) > 50


def test_an_error_tells_it_too_and_a_key_without_limits_is_told_nothing(served: Gateway) -> None:
    with served.client(served.live_key(requests_per_minute=3)) as client:
        answer = client.post("/v1/chat", json=body("nowhere"))
    assert (answer.status_code, answer.headers["x-ratelimit-remaining-requests"]) == (404, "2")
    assert not any("ratelimit" in name for name in served.chat("echo").headers)


def test_many_at_once_cannot_run_through_a_token_limit(served: Gateway) -> None:
    text = "word " * 100  # about 140 tokens are held for each
    token = served.live_key(tokens_per_minute=1000)

    async def run() -> Counter[int]:
        headers = {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            base_url=served.url, headers=headers, trust_env=False, timeout=20
        ) as client:
            calls = [client.post("/v1/chat", json=body("echo", text)) for _ in range(60)]
            return Counter([answer.status_code for answer in await asyncio.gather(*calls)])

    told = asyncio.run(run())
    assert told[200] + told[429] == 60
    assert 5 <= told[200] <= 10


def test_tokens_are_those_the_provider_reported(served: Gateway, upstream: OpenAIServer) -> None:
    token = served.live_key(tokens_per_minute=18)  # a call uses 17
    with served.client(token) as client:
        answers = [
            client.post("/v1/chat", json=body("openai_compatible/m"), timeout=20) for _ in range(3)
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    message = answers[2].json()["error"]["message"]
    assert 'The key "test" may use 18 tokens a minute; 34 were used' in message
    assert 50 < int(answers[2].headers["retry-after"]) <= 61


def test_a_request_that_became_no_call_uses_no_tokens(served: Gateway) -> None:
    token = served.live_key(tokens_per_minute=30)
    with served.client(token) as client:
        for _ in range(5):
            assert client.post("/v1/chat", content=b"{" + b" " * 400).status_code == 400
        assert client.post("/v1/chat", json=body("echo")).status_code == 200


def test_a_stream_its_client_left_counts_by_what_came(
    served: Gateway, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(*text_chunks("a" * 4000, "b")), stall_after=2))
    token = served.live_key(label="left", tokens_per_minute=1000)
    with served.client(token) as client:
        asked = body("openai_compatible/m", stream=True)
        with client.stream("POST", "/v1/chat", json=asked) as answer:
            next(line for line in answer.iter_lines() if "aaaa" in line)
            call = answer.headers["x-request-id"]
        row = served.call(call)
        assert (row["outcome"], row["output_tokens"]) == ("client_closed", 1000)
        assert client.post("/v1/chat", json=body("echo")).status_code == 429


# --- the windows ---


def admitted(windows: Windows, now: float, **limits: int | None) -> bool:
    asked = Asked(1, limits.get("requests"), limits.get("tokens"), limits.get("hold") or 0)
    return windows.take(asked, now).refused is None


def test_a_place_is_free_again_a_minute_after_it_was_taken() -> None:
    windows = Windows()
    assert [admitted(windows, t, requests=2) for t in (0.0, 30.0, 59.0)] == [True, True, False]
    assert admitted(windows, WINDOW_SECS, requests=2)
    assert not admitted(windows, WINDOW_SECS + 1, requests=2)
    assert admitted(windows, 30.0 + WINDOW_SECS, requests=2)


def test_a_refused_request_takes_no_place() -> None:
    windows = Windows()
    assert admitted(windows, 0.0, requests=1)
    assert not any(admitted(windows, float(t), requests=1) for t in range(1, 60))
    assert admitted(windows, WINDOW_SECS, requests=1)


def test_one_refused_for_its_tokens_takes_no_place_among_the_requests() -> None:
    windows = Windows()
    assert admitted(windows, 0.0, requests=2, tokens=5, hold=5)
    assert not admitted(windows, 1.0, requests=2, tokens=5, hold=5)
    windows.settle(1, 0, 5, 1, 2.0)
    assert admitted(windows, 3.0, requests=2, tokens=5, hold=5)


def test_used_tokens_count_from_the_end_of_their_call_for_a_minute() -> None:
    windows = Windows()
    assert admitted(windows, 0.0, tokens=100, hold=10)
    windows.settle(1, 0, 10, 100, 30.5)
    assert not admitted(windows, 30.5 + WINDOW_SECS, tokens=100)
    assert admitted(windows, 30 + TOKENS_SECS, tokens=100)


def test_what_a_call_holds_does_not_outlast_a_minute() -> None:
    windows = Windows()
    assert admitted(windows, 0.0, tokens=10, hold=10)
    assert not admitted(windows, 60.0, tokens=10)
    assert admitted(windows, 61.0, tokens=10)


def test_a_lowered_limit_waits_for_as_many_as_it_must() -> None:
    windows = Windows()
    for t in range(5):
        assert admitted(windows, float(t), requests=5)
    assert windows.take(Asked(1, 2, None), 10.0).requests_wait == 3 + WINDOW_SECS - 10.0
