"""The cooldown: what was told on a channel is not told again there until it is over.

Decided in the database, on one locked row a fingerprint and channel, by its clock: of any
number of processes that ask at once, one is let through.
"""

from collections.abc import Iterable

from django.db import connection

from lakehouse.observing.models import AlertGate

KEPT_DAYS = 30  # longer than any cooldown that a profile may ask for

_PASS = """
INSERT INTO observing_alertgate AS gate (fingerprint, channel, told_at, suppressed)
VALUES (%s, %s, statement_timestamp(), 0)
ON CONFLICT (fingerprint, channel) DO UPDATE SET told_at = statement_timestamp()
WHERE gate.told_at <= statement_timestamp() - make_interval(secs => %s)
RETURNING suppressed
"""
_TAKE = """
UPDATE observing_alertgate SET suppressed = 0 WHERE fingerprint = %s AND channel = %s
"""
_HOLD = """
UPDATE observing_alertgate SET suppressed = suppressed + %s
WHERE fingerprint = %s AND channel = ANY(%s)
"""
_CLOSED = """
SELECT channel FROM observing_alertgate WHERE fingerprint = %s
AND told_at > statement_timestamp() - make_interval(secs => %s)
"""
_FORGET = """
DELETE FROM observing_alertgate
WHERE told_at < statement_timestamp() - make_interval(days => %s)
"""


def let_through(fingerprint: str, channel: str, secs: int, events: int = 1) -> int | None:
    """How many events were held back since it was last told; None where it may not be told yet.

    Those that may not be told now are held back too. To be called in the transaction that
    writes the alert.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PASS, [fingerprint, channel, secs])
        if (row := cursor.fetchone()) is None:
            cursor.execute(_HOLD, [events, fingerprint, [channel]])
            return None
        return _taken(cursor, fingerprint, channel, row[0])


def hold_back(fingerprint: str, channels: Iterable[str], events: int) -> None:
    """Counts events that are not told, where something was told before."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [events, fingerprint, list(channels)])


def closed(fingerprint: str, secs: int) -> set[str]:
    """The channels on which it may not be told yet."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED, [fingerprint, secs])
        return {channel for (channel,) in cursor.fetchall()}


def take_held(fingerprint: str, channel: str) -> int:
    """How many events were held back; they count as told from now on."""
    rows = AlertGate.objects.select_for_update().filter(fingerprint=fingerprint, channel=channel)
    held = rows.values_list("suppressed", flat=True).first()
    with connection.cursor() as cursor:
        return _taken(cursor, fingerprint, channel, held or 0)


def forget_old() -> int:
    """Deletes what was told so long ago that no cooldown asks for it; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [KEPT_DAYS])
        return int(cursor.rowcount)


def _taken(cursor: object, fingerprint: str, channel: str, held: int) -> int:
    if held:
        cursor.execute(_TAKE, [fingerprint, channel])  # type: ignore[attr-defined]
    return held
