"""The gate: audits and findings as whoever asks may see them, up to their clearance."""

from typing import Any

from lakehouse.audit.models import AuditRun, Finding
from lakehouse.audit.starting import Asked
from profiles.labelled import clearance_of
from providers.endpoint import rank


def limit_of(user: Any) -> int:
    """The highest label's rank that they may see, and give."""
    return rank(clearance_of(user))


def runs(user: Any) -> Any:
    """With their counts, newest first."""
    return AuditRun.objects.up_to(limit_of(user)).measured().order_by("-requested_at", "id")


def findings(user: Any) -> Any:
    return Finding.objects.up_to(limit_of(user)).select_related("run")


def asked_by(user: Any, **about: Any) -> Asked:
    """What they ask for, within what they may: a key may be bound to some providers."""
    principal = getattr(user, "principal", None)
    may_use = principal.may_use if principal is not None else (lambda _: True)
    return Asked(**about, limit=limit_of(user), may_use=may_use)
