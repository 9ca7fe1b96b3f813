"""The questions that people ask of the list of calls: the same in the admin and by REST."""

from django.db import models

from lakehouse.gateway.models.call import CallQuerySet, Outcome

FINE = 200  # the status of every call that ended complete


class Trouble(models.TextChoices):
    FAILED_TODAY = "failed_today", "failed or broke off today (UTC)"
    FAILED = "failed", "failed or broke off"
    SLOW = "slow", "took over 10 s"
    RUNNING = "running", "runs now"


def in_trouble(calls: CallQuerySet, trouble: str | None) -> CallQuerySet:
    """Those that `trouble` is about; all of them when it is none of Trouble."""
    match trouble:
        case Trouble.FAILED_TODAY:
            return calls.broken().today()
        case Trouble.FAILED:
            return calls.broken()
        case Trouble.SLOW:
            return calls.slow()
        case Trouble.RUNNING:
            return calls.running()
    return calls


def with_status(calls: CallQuerySet, status: int) -> CallQuerySet:
    """Said twice, so that a rare status is looked for among the calls that went wrong only."""
    found = calls.filter(status=status)
    return found if status == FINE else found.exclude(outcome=Outcome.COMPLETE)


def with_error(calls: CallQuerySet, kind: str) -> CallQuerySet:
    """As `with_status`: a call that ended complete has no error."""
    return calls.filter(error_kind=kind).exclude(outcome=Outcome.COMPLETE)
