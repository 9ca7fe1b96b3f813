"""Playbooks whose documents say something else by now: a person has to look at them again."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from profiles.memory.model import MemoryProfile
from profiles.memory.playbook import Playbook, State
from profiles.memory.states import move

VIA = "daily job"
# By what documents say, so that a new label or another date changes nothing.
_CHANGED = """
SELECT playbook.id, playbook.reviewed,
    count(*) FILTER (WHERE document.id IS NOT NULL),
    count(*) FILTER (WHERE document.id IS NULL)
FROM profiles_playbook playbook
CROSS JOIN jsonb_each_text(playbook.seen) AS was(id, hash)
LEFT JOIN profiles_document document ON document.id = was.id::uuid
WHERE playbook.state = 'active' AND document.content_hash IS DISTINCT FROM was.hash
GROUP BY playbook.id ORDER BY playbook.id
"""


def days() -> int:
    """After so many a playbook should be reviewed: the live memory profile's, or the default."""
    live = MemoryProfile.objects.live().first()
    values = live.activated_values if live else {}
    found: int = values.get("doc_staleness_days", MemoryProfile().doc_staleness_days)
    return found


def oldest_fresh() -> datetime:
    """A playbook that was reviewed before it is stale."""
    return timezone.now() - timedelta(days=days())


def stale(oldest: datetime) -> Q:
    """Those that are flagged: marked by the daily job, or reviewed before `oldest`."""
    return Q(state=State.STALE) | Q(reviewed__lt=oldest)


def is_stale(playbook: Playbook, oldest: datetime) -> bool:
    return playbook.state == State.STALE or playbook.reviewed < oldest


def mark_stale() -> int:
    """Marks the active playbooks whose documents changed or went since a person's last word;
    how many. Pinned ones stay pinned."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED)
        found = cursor.fetchall()
    return sum(_marked(*each) for each in found)


def _marked(pk: UUID, reviewed: datetime, changed: int, gone: int) -> bool:
    with transaction.atomic():
        rows: Any = Playbook.objects.select_for_update(no_key=True)
        # Not one that a person reviewed, or that was deleted, since the look.
        row = rows.filter(pk=pk, state=State.ACTIVE, reviewed=reviewed).first()
        if row is None:
            return False
        move(row, State.STALE, via=VIA, reason=_reason(changed, gone))
        return True


def _reason(changed: int, gone: int) -> str:
    told = (f"{changed} changed" if changed else "", f"{gone} deleted" if gone else "")
    return f"of its documents, {' and '.join(filter(None, told))} since it was last reviewed"
