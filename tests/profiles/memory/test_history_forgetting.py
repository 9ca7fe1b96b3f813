"""Deleting sessions: rows are really gone, and what is unused goes by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from profiles import tasks
from profiles.memory import forgetting
from profiles.models import Session
from tests.profiles.activation.test_racing import at_once
from tests.profiles.memory.talk import kept, pair, recalled, session

pytestmark = pytest.mark.django_db


def rows() -> tuple[int, int]:
    """Sessions and turns, by raw SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM profiles_session),"
            " (SELECT count(*) FROM profiles_sessionturn)"
        )
        sessions, turns = cursor.fetchone()
    return sessions, turns


def aged(name: str, days: float) -> None:
    kept(*pair(1), name=name)
    used = timezone.now() - timedelta(days=days)
    Session.objects.filter(name=name).update(used=used)


def test_deleting_leaves_no_row_of_it() -> None:
    kept(*pair(1))
    kept(*pair(2))
    kept(*pair(3), name="other")
    assert forgetting.delete(Session.objects.filter(name="chat-1")) == 1
    assert rows() == (1, 1)
    assert recalled().turns == ()


def test_a_deleted_session_begins_anew() -> None:
    kept(*pair(1))
    forgetting.delete(Session.objects.all())
    kept(*pair(2))
    assert session().turns.count() == 1


def test_sessions_unused_for_longer_than_calls_are_kept_go_at_night(settings: Any) -> None:
    settings.LAKEHOUSE_KEEP_CALLS_DAYS = 30
    aged("old", 31)
    aged("young", 29)
    assert tasks.forget_unused_sessions(0) == 1
    assert session("young").turns.count() == 1
    assert rows() == (1, 1)


def test_many_go_in_batches(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    settings.LAKEHOUSE_KEEP_CALLS_DAYS = 1
    for number in range(5):
        aged(f"s{number}", 2)
    assert forgetting.forget_unused() == 5
    assert rows() == (0, 0)


def test_zero_days_keeps_sessions_for_ever(settings: Any) -> None:
    settings.LAKEHOUSE_KEEP_CALLS_DAYS = 0
    aged("old", 9999)
    assert forgetting.forget_unused() == 0


@pytest.mark.django_db(transaction=True)
def test_exchanges_that_end_while_their_session_is_deleted_are_kept_or_go_whole() -> None:
    def act(number: int) -> None:
        for _ in range(5):
            kept(*pair(1)) if number % 2 else forgetting.delete(Session.objects.all())

    at_once(act, 4)
    sessions, turns = rows()
    assert sessions == (turns > 0)
