"""Usage by REST, in a shell and on its page in the admin."""

import csv
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lakehouse.gateway.models import ApiKey, Call
from lakehouse.observing import percentiles, rollups, usage
from lakehouse.observing.models.rollup import BUCKETS_MS

pytestmark = pytest.mark.django_db
REST, PAGE = "/api/v1/usage/", "/admin/observing/rollup/"


def calls(count: int = 1, days: int = 0, **more: Any) -> None:
    fields: dict[str, Any] = {"operation": "chat", "provider": "echo", "model": "m"}
    fields |= {"instance": uuid.uuid4(), "outcome": "complete", "total_ms": 150.0}
    began = datetime.now(UTC) - timedelta(days=days)
    Call.objects.bulk_create(Call(started_at=began, **fields | more) for _ in range(count))


@pytest.fixture
def operator() -> Client:
    user = User.objects.create_user("ana", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_call"))
    client = Client()
    client.force_login(user)
    return client


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def shell(*words: str) -> str:
    out = io.StringIO()
    call_command("usage", *words, stdout=out)
    return out.getvalue()


def test_usage_is_grouped_by_what_is_asked(operator: Client) -> None:
    calls(2, provider="a", model="m", input_tokens=10, cost="0.5")
    calls(1, provider="a", model="n", outcome="failed", output_tokens=3)
    calls(4, provider="b", days=1)
    told = operator.get(f"{REST}?by=provider,model").json()
    assert [(r["provider"], r["model"], r["calls"], r["failed"]) for r in told["results"]] == [
        *(("a", "m", 2, 0), ("a", "n", 1, 1), ("b", "m", 4, 0))
    ]
    assert (told["totals"]["calls"], told["totals"]["cost"]) == (7, "1.0000000000")
    assert (told["totals"]["unpriced"], told["results"][1]["errors_share"]) == (1, 1.0)


@pytest.mark.parametrize("rolled_up", [False, True])
def test_usage_is_narrowed_alike_before_and_after_a_roll_up(
    operator: Client, rolled_up: bool
) -> None:
    key, _ = ApiKey.objects.issue("search", "ana")
    calls(3, days=2, api_key=key, profile="fast")
    calls(5, days=2)
    if rolled_up:
        rollups.roll_up()
    for query, count in ((f"key={key.pk}", 3), ("key=0", 5), ("profile=fast", 3), ("model=x", 0)):
        assert operator.get(f"{REST}?{query}").json()["totals"]["calls"] == count


def test_keys_are_named_with_one_query_deleted_ones_too(
    operator: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    keys = [ApiKey.objects.issue(f"k{n}", "ana")[0] for n in range(4)]
    for key in keys:
        calls(1, api_key=key)
    calls(1)
    gone = keys[0].pk
    keys[0].delete()
    with django_assert_max_num_queries(9):
        rows = operator.get(f"{REST}?by=key").json()["results"]
    labels = {row["key"]: row["key_label"] for row in rows}
    assert labels == {None: "no key", gone: f"deleted key {gone}"} | {
        key.pk: key.label for key in keys[1:]
    }


@pytest.mark.parametrize("how", ["output", "accept"])
def test_csv_has_the_rows_and_a_total_and_no_formulas(operator: Client, how: str) -> None:
    calls(2, profile="=HYPERLINK(1)")
    calls(1, profile="@x")
    query, headers = f"{REST}?by=profile", {"accept": "text/csv"}
    answer = (
        operator.get(f"{query}&output=csv")
        if how == "output"
        else operator.get(query, headers=headers)
    )
    assert answer["content-type"] == "text/csv; charset=utf-8"
    rows = lines(answer.content.decode())
    assert [(r["profile"], r["calls"], r["p50_ms"]) for r in rows] == [
        *(("'=HYPERLINK(1)", "2", "200"), ("'@x", "1", "200"), ("total", "3", "200"))
    ]


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("frm=2026-01-01", "frm", 'Did you mean "from"?'),
        ("from=yesterday", "from", "Write it as 2026-01-31."),
        ("from=2026-02-02&to=2026-01-01", "from", "Swap them."),
        ("from=1990-01-01", "from", "At most 3660 days"),
        ("by=keys", "by", 'Did you mean "key"?'),
        ("by=day,day", "by", "Name each once."),
        ("key=search", "key", "a number"),
        ("provider=%00", "provider", "No provider is named"),
        ("output=xml", "output", "Write json or csv"),
        ("by=keys&output=csv", "by", 'Did you mean "key"?'),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    operator: Client, query: str, field: str, said: str
) -> None:
    answer = operator.get(f"{REST}?{query}")
    assert answer.status_code == 400
    assert said in answer.json()[field][0]


def test_more_rows_than_anybody_reads_are_refused(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        calls(1, model=f"m{number}")
    monkeypatch.setattr(usage, "MOST", 2)
    answer = operator.get(f"{REST}?by=model")
    assert (answer.status_code, "Ask for fewer days" in answer.json()["by"][0]) == (400, True)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_percentile_is_the_end_of_the_bucket_that_holds_it(share: float) -> None:
    times, now = [float(n * n) for n in range(1, 200)], datetime.now(UTC)
    calls_by_time = [Call(total_ms=t) for t in times]
    for each in calls_by_time:
        each.operation, each.instance, each.outcome = "chat", uuid.uuid4(), "complete"
        each.started_at = now
    Call.objects.bulk_create(calls_by_time)
    exact = times[int(len(times) * share)]
    today = now.date()
    told = usage.of_days(("day",), today, today, {}).total.latency(share)
    assert told == min(end for end in BUCKETS_MS if end > exact)


def test_percentiles_of_nothing_and_of_the_longest() -> None:
    assert percentiles.of([0] * (len(BUCKETS_MS) + 1), 0.5) is None
    assert percentiles.of([0] * len(BUCKETS_MS) + [1], 0.5) == BUCKETS_MS[-1]


def test_a_shell_gets_a_table_and_csv() -> None:
    calls(2, input_tokens=1500)
    assert "3,000" in shell("--by", "provider") and "total" in shell()
    assert [row["calls"] for row in lines(shell("--by", "provider", "--csv"))] == ["2", "2"]
    assert "No call ended" in shell("--to", "2020-01-01")
    with pytest.raises(CommandError, match=r'--by: .*Did you mean "model"'):
        shell("--by", "modle")


def plotted(page: Any) -> dict[str, dict[str, list[Any]]]:
    """Each plot's series by its title."""
    return {
        plot.title: {s["label"]: s["data"] for s in json.loads(plot.data)["datasets"]}
        for plot in page.context["figures"].plots
    }


def test_the_page_plots_every_day_of_the_range(operator: Client) -> None:
    calls(3, days=6, input_tokens=5)
    calls(1, days=6, outcome="failed")
    calls(2, days=0)
    plots = plotted(operator.get(f"{PAGE}?range=7d"))
    assert plots["Calls"]["went well"] == [3, 0, 0, 0, 0, 0, 2]
    assert plots["Errors"]["failed, %"] == [25.0, None, None, None, None, None, 0.0]
    assert plots["Latency, ms"]["p95"][::6] == [200, 200]
    assert plots["Tokens"]["in"][0] == 15


def test_the_page_plots_the_busiest_groups_and_the_others_together(operator: Client) -> None:
    for number in range(9):
        calls(number + 1, model=f"m{number}", cost="0.1")
    page = operator.get(f"{PAGE}?range=7d&by=model")
    series = {name: data[-1] for name, data in plotted(page)["Calls"].items()}
    assert series == {f"m{n}": n + 1 for n in range(8, 1, -1)} | {"others": 3}
    assert [row.name for row in page.context["figures"].rows][:2] == ["m8", "m7"]
    (cost,) = [p for t, p in plotted(page).items() if t.startswith("Cost")]
    assert cost["others"][-1] == pytest.approx(0.3)


def test_the_page_shows_a_day_by_the_hour_and_gives_its_numbers_as_csv(operator: Client) -> None:
    calls(2)
    plots = plotted(operator.get(f"{PAGE}?range=24h"))
    assert (len(plots["Calls"]["went well"]), plots["Calls"]["went well"][-1]) == (24, 2)
    rows = lines(operator.get(f"{PAGE}?range=24h&by=provider&output=csv").content.decode())
    assert [(r["provider"], r["calls"]) for r in rows] == [("echo", "2"), ("", "2")]
    assert rows[0]["hour"].endswith(":00:00+00:00")


def test_the_page_says_what_to_do_while_there_is_nothing(operator: Client) -> None:
    assert "No call has been made yet" in operator.get(PAGE).content.decode()
    calls(1, days=20)
    assert "Choose a longer time" in operator.get(f"{PAGE}?range=7d").content.decode()


@pytest.mark.parametrize("query", ["range=1d", "by=kyes", "rang=7d", "key=x"])
def test_the_page_says_what_it_cannot_show(operator: Client, query: str) -> None:
    answer = operator.get(f"{PAGE}?{query}", follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert [str(message) for message in answer.context["messages"]]


def test_only_those_who_may_see_calls_see_usage() -> None:
    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert (client.get(PAGE).status_code, client.get(REST).status_code) == (403, 403)
