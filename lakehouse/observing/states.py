"""What people do with a cluster: the verbs of the admin, REST and the commands."""

from django.db import transaction

from lakehouse.observing import alerting
from lakehouse.observing.models import Cluster
from providers.validators import is_plain

LONGEST_NOTE = 2000
State = Cluster.State


class NotPossible(Exception):
    """The cluster is not in a state for it (the text says which, since when, by whom), or the
    note cannot be kept."""


def acknowledge(cluster: Cluster, *, who: str, note: str = "") -> Cluster:
    """Somebody works on it: it is counted, and alerts nobody until it ended. Raises NotPossible."""
    return _moved(cluster, "acknowledged", {State.OPEN}, State.ACKNOWLEDGED, who, note)


def resolve(cluster: Cluster, *, who: str, note: str = "") -> Cluster:
    """It is over, and those who were alerted hear of it. A new event reopens it.

    Raises NotPossible.
    """
    unresolved = {State.OPEN, State.ACKNOWLEDGED}
    return _moved(cluster, "resolved", unresolved, State.RESOLVED, who, note)


def reopen(cluster: Cluster, *, who: str, note: str = "") -> Cluster:
    """It is not over after all, or nobody works on it. Raises NotPossible."""
    ended = {State.ACKNOWLEDGED, State.RESOLVED}
    return _moved(cluster, "reopened", ended, State.OPEN, who, note)


def since(cluster: Cluster) -> str:
    """The state in words, with who and when."""
    by = f" by {cluster.state_by}" if cluster.state_by else ""
    return f"{cluster.state} since {cluster.state_at:%Y-%m-%d %H:%M:%S} UTC{by}"


def _moved(
    cluster: Cluster, done: str, before: set[State], after: State, who: str, note: str
) -> Cluster:
    if len(note) > LONGEST_NOTE or not is_plain(note):
        raise NotPossible(f"Write a note of at most {LONGEST_NOTE} characters, in plain text.")
    with transaction.atomic():
        row = Cluster.objects.select_for_update().get(pk=cluster.pk)
        if row.state not in before:
            raise NotPossible(f"The cluster cannot be {done}: it is {since(row)}.")
        row.enter(after, who, note)
        if after == State.RESOLVED:
            alerting.resolved(row, f"{who} resolved it.{f' {row.note}' if note else ''}")
    return row
