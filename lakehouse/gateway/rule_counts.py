"""How often each truth rule fired lately, read from the ledger."""

from datetime import datetime

import msgspec
from django.db import connection

HOURS = 24

_COUNTED = """
SELECT fired ->> 'rule', count(DISTINCT id), max(started_at)
FROM gateway_call, jsonb_array_elements(rules) AS fired
WHERE started_at > now() - make_interval(hours => %s) AND rules <> '[]'
GROUP BY 1
"""


class Count(msgspec.Struct, frozen=True):
    """Calls within the last HOURS, and when the newest of them began."""

    calls: int = 0
    last: datetime | None = None


def counts() -> dict[str, Count]:
    """By rule id; those that did not fire are not in it."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [HOURS])
        return {rule: Count(calls, last) for rule, calls, last in cursor.fetchall()}
