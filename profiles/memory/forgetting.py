"""Deleting sessions for good: their rows go, and nothing of them stays."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from profiles.memory.session import Session, SessionTurn

BATCH = 500


def delete(sessions: Any, most: int | None = None) -> int:
    """Deletes the sessions of a queryset, or `most` of them, with every turn; how many.

    Locked first: an exchange that ends meanwhile waits, and then begins a session anew.
    """
    with transaction.atomic():
        locked = sessions.order_by("pk").select_for_update(of=("self",))
        ids = list(locked.values_list("pk", flat=True)[:most])
        SessionTurn.objects.filter(session__in=ids).delete()
        Session.objects.filter(pk__in=ids).delete()
    return len(ids)


def forget_unused() -> int:
    """Deletes sessions not used for LAKEHOUSE_KEEP_CALLS_DAYS, in batches; how many."""
    days = settings.LAKEHOUSE_KEEP_CALLS_DAYS
    if not days:
        return 0
    total = 0
    while True:
        unused = Session.objects.filter(used__lt=Now() - timedelta(days=days))
        deleted = delete(unused, BATCH)
        total += deleted
        if deleted < BATCH:
            return total
