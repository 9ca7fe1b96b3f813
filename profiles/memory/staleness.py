"""Playbooks whose documents say something else by now: a person has to look at them again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

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
