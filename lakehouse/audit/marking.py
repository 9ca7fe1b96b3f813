"""What people say of findings: actionable, or not. For admin and REST alike."""

from collections.abc import Iterable
from typing import Any

from django.db.models.functions import Now

from lakehouse.audit.models import Finding


def mark(findings: Iterable[int], word: str, *, who: str) -> int:
    """How many got the mark; "" takes it back. A file that was not audited is no claim to judge."""
    rows = Finding.objects.claims().filter(pk__in=list(findings)).exclude(mark=word)
    when: Any = Now() if word else None
    return int(rows.update(mark=word, marked_by=who if word else "", marked_at=when))
