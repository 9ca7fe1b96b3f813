"""Monthly budgets: what a key spent, from the ledger, its rollups and what was written since."""

import asyncio
import logging
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from lakehouse.errors import ApiError
from lakehouse.gateway import live
from lakehouse.gateway.limits import Limiter, spending
from lakehouse.gateway.limits.budgets import Budgets
from lakehouse.gateway.models import ApiKey, Call
from lakehouse.gateway.recorder import CallRow, Finished, now
from lakehouse.observing.models import Rollup
from tests.lakehouse.gateway.test_recorder import ledger_away
from tests.serving import Gateway, body

MID = datetime(2026, 5, 17, 12, tzinfo=UTC)
JSON = "application/json"


def budgeted(amount: str | None = "10", label: str = "search") -> ApiKey:
    return ApiKey.objects.issue(
        label, "ana", monthly_budget=None if amount is None else Decimal(amount)
    )[0]


def call(key: ApiKey, cost: str | None, started: datetime | None = None) -> Call:
    return Call.objects.create(
        operation="chat",
        api_key=key,
        instance=uuid.uuid4(),
        started_at=started or now(),
        outcome="complete",
        cost=None if cost is None else Decimal(cost),
    )


def rolled_up(key: ApiKey, cost: str, day: datetime) -> None:
    nothing = dict.fromkeys(
        (
            *("calls", "failed", "unpriced", "total_ms", "input_tokens", "cached_tokens"),
            *("cache_write_tokens", "output_tokens", "reasoning_tokens"),
        ),
        0,
    )
    Rollup.objects.create(
        forgotten=True,
        day=day.date(),
        key_id=key.pk,
        cost=Decimal(cost),
        total_buckets=[],
        first_token_buckets=[],
        **nothing,
    )


def written(key: ApiKey, cost: str) -> list[Finished]:
    row = CallRow(
        id=uuid.uuid4(),
        operation="chat",
        api_key_id=key.pk,
        instance=uuid.uuid4(),
        started_at=now(),
        cost=cost,
    )
    return [Finished(row, [])]


SPEND = """
INSERT INTO gateway_call (
    id, operation, api_key_id, instance, started_at, outcome, cost, input_tokens, cached_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, error_kind, error_message, stream,
    model_asked, provider, model, revisions, attempts_made, finish_reason, dropped
) VALUES (
    gen_random_uuid(), 'chat', %s, gen_random_uuid(), now(), 'complete', 0.02, 0, 0,
    0, 0, 0, '', '', false, '', '', '', '{}', 0, '', '[]'
)
"""


# --- what was spent ---


@pytest.mark.django_db
def test_a_months_spending_is_its_calls_and_its_rollups() -> None:
    key, month = budgeted(), spending.month_of(MID)
    call(key, "1.5", month)
    call(key, None, month)
    call(key, "9", month - timedelta(microseconds=1))
    rolled_up(key, "2", month)
    rolled_up(key, "9", month - timedelta(days=1))
    rolled_up(key, "9", spending.next_month(month))
    assert spending.annotated(ApiKey.objects.all(), month).get().spent == Decimal("3.5")  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_reading_again_reads_only_the_end_and_loses_nothing() -> None:
    reading, key = spending.Reading(), budgeted()
    call(key, "1", MID - timedelta(days=2))
    rolled_up(key, "4", MID - timedelta(days=3))
    assert reading.read([key.pk], MID) == {key.pk: 5.0}
    call(key, "2", MID)
    assert reading.read([key.pk], MID + timedelta(seconds=5)) == {key.pk: 7.0}
    later = MID + timedelta(hours=3)
    assert reading.read([key.pk], later) == {key.pk: 7.0}
    call(key, "3", later)
    assert reading.read([key.pk], later) == {key.pk: 10.0}


@pytest.mark.django_db
def test_a_key_that_comes_later_and_a_new_month_are_read_from_the_months_start() -> None:
    reading, key, later = spending.Reading(), budgeted(), budgeted(label="later")
    call(later, "1", MID - timedelta(days=9))
    assert reading.read([key.pk], MID) == {key.pk: 0.0}
    assert reading.read([key.pk, later.pk], MID) == {key.pk: 0.0, later.pk: 1.0}
    june = datetime(2026, 6, 1, 0, 10, tzinfo=UTC)
    call(later, "2", june - timedelta(minutes=5))
    assert reading.read([later.pk], june) == {later.pk: 2.0}


# --- what a process knows of it ---


@pytest.fixture
def live_again(db: None) -> Iterator[None]:
    """Afterwards the live configuration has none of the test's keys."""
    yield
    ApiKey.objects.all().delete()
    live.reload()


@pytest.mark.django_db(transaction=True)
def test_what_is_written_counts_at_once_and_once(
    live_again: None, caplog: pytest.LogCaptureFixture
) -> None:
    key, budgets = budgeted(), Budgets()
    call(key, "1")
    live.reload()
    asyncio.run(budgets.read())
    assert budgets.spent(key.pk) == 1.0
    call(key, "2")
    budgets.written(written(key, "2"))
    assert budgets.spent(key.pk) == 3.0
    asyncio.run(budgets.read())
    assert budgets.spent(key.pk) == 3.0
    budgets.written(written(key, "2"))
    with ledger_away(), caplog.at_level(logging.WARNING):  # what is known goes on
        asyncio.run(budgets.read())
        asyncio.run(budgets.read())
    assert (budgets.spent(key.pk), len(caplog.records)) == (5.0, 1)


def test_a_key_that_spent_its_budget_is_refused_until_the_next_month(live_again: None) -> None:
    key, limiter = budgeted("2.50"), Limiter()
    live.reload()
    principal = live.current().keys[key.digest]

    async def scenario() -> ApiError:
        await limiter.start()
        assert await limiter.admit(principal, uuid.uuid4(), b"") == {}
        limiter.written(written(key, "2.5"))
        with pytest.raises(ApiError) as refused:
            await limiter.admit(principal, uuid.uuid4(), b"")
        return refused.value

    error = asyncio.run(scenario())
    until = spending.next_month(spending.month_of(now()))
    assert (error.status, error.code, error.retry) == (402, "budget_exceeded", False)
    assert 'The key "search" has spent $2.50 of its monthly budget of $2.50.' in error.message
    assert f"{until:%Y-%m-%d} at 00:00 UTC; for a higher one ask ana" in error.message
    wait = int(error.all_headers()["retry-after"])
    assert abs(wait - (until - now()).total_seconds()) < 5
    assert limiter.refused == {(key.pk, "budget"): 1}


def test_a_call_of_a_key_over_its_budget_gets_402_and_no_upstream(served: Gateway) -> None:
    token = served.live_key(label="spent", monthly_budget="0.01")
    (row,) = served.rows("SELECT id FROM gateway_apikey WHERE label = 'spent'")
    served.rows(SPEND, row["id"])
    with served.client(token) as client:

        def refused() -> bool:
            return client.post("/v1/chat", json=body("echo")).status_code == 402

        served.eventually(refused, 8)
        answer = client.post("/v1/embeddings", json={"model": "echo", "input": "a"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (402, "budget_exceeded")


# --- how it is set and shown ---


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_rest_sets_limits_and_shows_what_was_spent(operator: Client) -> None:
    sent = {"label": "x", "owner": "y", "tokens_per_minute": 900, "monthly_budget": "12.50"}
    made = operator.post("/api/v1/keys/", sent, JSON).json()
    assert (made["monthly_budget"], made["spent_this_month"]) == ("12.50", "0.0000000000")
    path = f"/api/v1/keys/{made['id']}/"
    document = operator.get(path).json()
    call(ApiKey.objects.get(), "3.25")
    assert operator.get(path).json()["spent_this_month"] == "3.2500000000"
    assert operator.put(path, document, JSON).status_code == 200  # though it has grown since


@pytest.mark.parametrize("field", ["requests_per_minute", "tokens_per_minute", "monthly_budget"])
def test_a_limit_of_nothing_is_refused(operator: Client, field: str) -> None:
    answer = operator.post("/api/v1/keys/", {"label": "x", "owner": "y", field: 0}, JSON)
    assert answer.status_code == 400
    assert "would refuse every call" in answer.json()[field][0]


def test_the_lists_ask_once_for_all_keys(
    operator: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(5):
        call(budgeted("50", f"key {n}"), "2.5")
    with django_assert_max_num_queries(5) as asked:
        listed = operator.get("/api/v1/keys/").json()["results"]
    assert {key["spent_this_month"] for key in listed} == {"2.5000000000"}
    assert sum("gateway_call" in query["sql"] for query in asked.captured_queries) == 1
    page = operator.get("/admin/gateway/apikey/").content.decode()
    assert page.count("$2.50 of $50.00 (5%)") == 5


def test_a_keys_page_shows_its_spending_and_what_a_budget_leaves_out(operator: Client) -> None:
    key = budgeted("50")
    call(key, "12.50")
    page = operator.get(f"/admin/gateway/apikey/{key.pk}/change/").content.decode()
    assert "$12.50 of $50.00 (25%)" in page
    assert "Calls whose price is not known count as nothing" in page


def test_the_command_sets_them_too_and_says_what_is_no_amount(db: None) -> None:
    words = ("create_api_key", "a", "--owner", "b", "--quiet")
    call_command(*words, "--tpm", "9", "--budget", "7.5")
    key = ApiKey.objects.get()
    assert (key.tokens_per_minute, key.monthly_budget) == (9, Decimal("7.5"))
    with pytest.raises(CommandError, match=r"'nan' is no amount\. Give US dollars"):
        call_command(*words, "--budget", "nan")
