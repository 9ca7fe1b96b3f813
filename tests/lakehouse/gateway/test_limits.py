"""Requests per minute: exact for one key, whoever asks at once."""

import asyncio
from collections import Counter

import httpx

from lakehouse.errors import ApiError
from lakehouse.gateway.limits import WINDOW_SECS, RateLimiter
from lakehouse.gateway.live import Principal
from tests.serving import Gateway, body


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
    assert answer.json()["error"]["code"] == "rate_limit_exceeded"


def test_keys_do_not_share_a_limit(served: Gateway) -> None:
    first, second = (served.live_key(requests_per_minute=3) for _ in range(2))
    assert statuses(served, first, 5) == {200: 3, 429: 2}
    assert statuses(served, second, 5) == {200: 3, 429: 2}


def test_listing_models_is_not_counted(served: Gateway) -> None:
    token = served.live_key(requests_per_minute=1)
    with served.client(token) as client:
        for _ in range(5):
            assert client.get("/v1/models").status_code == 200
        assert client.post("/v1/chat", json=body("echo")).status_code == 200


def test_a_refused_request_is_not_in_the_ledger(served: Gateway) -> None:
    token = served.live_key(label="counted", requests_per_minute=1)
    statuses(served, token, 4)
    sql = (
        "SELECT c.outcome FROM gateway_call c JOIN gateway_apikey k ON k.id = c.api_key_id "
        "WHERE k.label = 'counted' AND c.outcome <> 'running'"
    )
    assert served.eventually(lambda: served.rows(sql)) == [{"outcome": "complete"}]


# --- the window itself ---


def key(limit: int | None) -> Principal:
    return Principal(1, "k", "tests", "internal", frozenset(), limit, False, None)


def admitted(limiter: RateLimiter, principal: Principal, now: float) -> bool:
    try:
        limiter.admit(principal, now)
    except ApiError:
        return False
    return True


def test_a_place_is_free_again_a_minute_after_it_was_taken() -> None:
    limiter, principal = RateLimiter(), key(2)
    assert [admitted(limiter, principal, t) for t in (0.0, 30.0, 59.0)] == [True, True, False]
    assert admitted(limiter, principal, WINDOW_SECS)
    assert not admitted(limiter, principal, WINDOW_SECS + 1)
    assert admitted(limiter, principal, 30.0 + WINDOW_SECS)


def test_a_refused_request_takes_no_place() -> None:
    limiter, principal = RateLimiter(), key(1)
    assert admitted(limiter, principal, 0.0)
    assert not any(admitted(limiter, principal, float(t)) for t in range(1, 60))
    assert admitted(limiter, principal, WINDOW_SECS)


def test_without_a_limit_nothing_is_counted() -> None:
    limiter = RateLimiter()
    assert all(admitted(limiter, key(None), 0.0) for _ in range(1000))
