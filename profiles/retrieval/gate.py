"""What every statement of a search says first: which chunks may be looked at."""

from datetime import date, timedelta
from typing import Any

from profiles.retrieval.passages import Query
from profiles.retrieval.policy import Retrieval


def gate(query: Query, profile: Retrieval) -> tuple[str, dict[str, Any]]:
    """The label, then freshness, as SQL over the chunks `c`, with its parameters."""
    sql, named = "c.label_rank <= %(limit)s", {"limit": query.limit}
    if profile.freshness_cutoff_days is None:
        return sql, named
    fresh = "c.dated >= %(oldest)s"
    if profile.include_undated:
        fresh = f"({fresh} OR c.dated IS NULL)"
    oldest = days_before(query.today or date.today(), profile.freshness_cutoff_days)
    return f"{sql} AND {fresh}", named | {"oldest": oldest}


def days_before(day: date, days: int) -> date:
    """A date that does not exist any more is the first there is."""
    return day - timedelta(days=min(days, day.toordinal() - 1))
