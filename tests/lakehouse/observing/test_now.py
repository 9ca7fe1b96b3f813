"""The page "Now": what is broken first, the last minute, the newest calls."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.utils import timezone

from lakehouse.gateway.models import ApiKey, Breaker, Call, Instance
from lakehouse.observing import now
from lakehouse.observing.models import Cluster
from profiles.observer.fingerprint import Failed, fingerprint

pytestmark = pytest.mark.django_db
FACTS = "/admin/now/facts/"


@pytest.fixture(autouse=True)
def no_jobs(db: None) -> None:
    """Tests that commit leave some."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def call(ago: float = 10, ran: float = 1, **columns: Any) -> Call:
    """One that ended so many seconds ago."""
    ended = timezone.now() - timedelta(seconds=ago)
    told: dict[str, Any] = {
        "instance": uuid.uuid4(),
        "started_at": ended - timedelta(seconds=ran),
        "finished_at": ended,
        "total_ms": ran * 1000,
        **dict(operation="chat", outcome="complete", status=200, provider="echo"),
    }
    return Call.objects.create(**(told | columns))


def instance(seen_ago: float = 0, **columns: Any) -> Instance:
    seen = timezone.now() - timedelta(seconds=seen_ago)
    return Instance.objects.create(
        **({"id": uuid.uuid4(), "host": "here", "pid": 7, "seen_at": seen} | columns)
    )


def job(status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, status, args) "
            "VALUES ('t', 'q', %s, '{}')",
            [status],
        )


def facts(client: Client) -> str:
    return client.get(FACTS).content.decode()


def test_the_last_minute_counts_what_ended_in_it_also_what_began_long_before() -> None:
    call(ran=1), call(ran=300), call(ago=90)
    call(outcome="failed", status=502)
    minute = now.minute()
    assert (minute.calls, minute.failed) == (3, 1)
    assert minute.error_share == pytest.approx(33.3, abs=0.1)
    assert [minute.p50, minute.p95] == pytest.approx([150_500, 285_050])


def test_a_quiet_minute_has_no_share_and_no_times(admin_client: Client) -> None:
    assert now.minute() == (0, 0, None, None)
    assert "No calls yet." in facts(admin_client)


def test_equal_failures_are_one_trouble_that_leads_to_the_newest(admin_client: Client) -> None:
    failed: dict[str, Any] = {"outcome": "failed", "status": 502, "error_kind": "timeout"}
    call(ago=20, **failed)
    newest = call(ago=5, error_message="No answer <b>in time</b>.", **failed)
    page = facts(admin_client)
    assert "echo: failed 2 times in the last minute (timeout)" in page
    assert f'href="/admin/gateway/call/{newest.pk}/change/"' in page
    assert "No answer &lt;b&gt;in time" in page


def test_what_is_broken_comes_before_what_a_client_did_wrong(admin_client: Client) -> None:
    for _ in range(3):
        call(outcome="failed", status=404, provider="", error_kind="provider_not_found")
    call(outcome="failed", status=502, error_kind="server")
    page = facts(admin_client)
    assert page.index("echo: failed once") < page.index("no provider: failed 3 times")
    assert page.count("lh-danger") == 1


def test_an_open_breaker_is_told_once_for_all_processes(admin_client: Client) -> None:
    until = timezone.now() + timedelta(seconds=60)
    for pid in (1, 2):
        made = instance(pid=pid)
        Breaker.objects.create(
            instance=made, provider="echo", failures=5, until=until, reason="It is down."
        )
    page = facts(admin_client)
    assert page.count("echo: breaker open") == 1
    assert "It is down. (of here:1, here:2)" in page


def test_a_process_that_fell_silent_and_lost_records_are_troubles(admin_client: Client) -> None:
    instance(seen_ago=60, host="silent")
    instance(seen_ago=60, host="stopped", stopped_at=timezone.now())
    instance(host="lossy", records_dropped=9)
    page = facts(admin_client)
    assert "silent:7 is not heard of any more" in page
    assert "stopped:7" not in page
    assert "9 records of calls were lost" in page


def test_a_process_elsewhere_whose_records_wait_is_a_trouble(admin_client: Client) -> None:
    instance(host="late", behind_secs=45)
    assert "a record of late:7 waited 45 s" in facts(admin_client)


def test_failures_that_nobody_acknowledged_lead_to_their_page(admin_client: Client) -> None:
    seen: Any = {"first_seen": timezone.now(), "last_seen": timezone.now(), "error_kind": "server"}
    found = fingerprint(Failed(provider="echo", error_kind="server", message="It is down."))
    made = Cluster.objects.create(fingerprint=found, provider="echo", count=7, **seen)
    page = facts(admin_client)
    assert "echo failed 7 times (server), and nobody has acknowledged it" in page
    assert f"/admin/observing/cluster/{made.pk}/change/" in page


def test_jobs_that_wait_for_no_worker_and_failed_ones_are_troubles(admin_client: Client) -> None:
    job("todo")
    job("failed")
    page = facts(admin_client)
    assert "No worker runs, and 1 job waits" in page
    assert "1 background job failed" in page


def test_the_newest_calls_are_shown_with_their_keys_running_ones_too(admin_client: Client) -> None:
    key, _ = ApiKey.objects.issue("search", "ana")
    call(ago=50, api_key=key)
    call(outcome="running", finished_at=None, total_ms=None, status=None, model="slow-one")
    page = facts(admin_client)
    assert page.index("slow-one") < page.index("search")


def test_a_call_that_only_memory_knows_is_shown_and_no_call_twice() -> None:
    from lakehouse.gateway.services import Services
    from tests.lakehouse.observing.watched import ended

    observing, stored = Services().observing, call()
    known = ended()
    known.finished.row.id = stored.pk
    observing.ring.seen(known)
    observing.ring.seen(ended(model="not written yet"))
    rows = now.newest([observing.standing()])
    assert [row.model for row in rows] == ["not written yet", ""]


def test_the_page_is_for_those_who_may_view_calls() -> None:
    user = User.objects.create_user("vera", is_staff=True)
    client = Client()
    assert client.get("/admin/now/").status_code == 302
    client.force_login(user)
    assert [client.get(path).status_code for path in ("/admin/now/", FACTS)] == [403, 403]
    user.user_permissions.set(Permission.objects.filter(codename="view_call"))
    assert [client.get(path).status_code for path in ("/admin/now/", FACTS)] == [200, 200]


def test_the_page_asks_a_fixed_number_of_queries(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        call(outcome="failed")
        instance(records_dropped=1)
    with django_assert_max_num_queries(18):
        facts(admin_client)
