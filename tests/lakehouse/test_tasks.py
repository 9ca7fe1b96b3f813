"""The worker's own housekeeping."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

pytestmark = pytest.mark.django_db


def job(name: str, status: str, days: float) -> None:
    """A job that came to stand like this so many days ago."""
    insert = "INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('x', %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(f"{insert} RETURNING id", [name, status])
        (number,) = cursor.fetchone()
        cursor.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [number])
        event = "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'started', now() "
        cursor.execute(f"{event} - %s * interval '1 day')", [number, days])


def test_jobs_that_failed_are_forgotten_after_two_weeks() -> None:
    for name, status, days in [
        ("old", "failed", 15.0),
        ("kept", "failed", 13.0),
        ("waiting", "todo", 15.0),
    ]:
        job(name, status, days)
    async_to_sync(app.tasks["lakehouse.server.tasks.forget_old_jobs"].func)(timestamp=0)
    mine = ProcrastinateJob.objects.filter(task_name__in=["old", "kept", "waiting"])
    left = mine.values_list("task_name", flat=True)
    assert sorted(left) == ["kept", "waiting"]
