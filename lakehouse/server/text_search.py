"""Whether the database knows the language that texts are searched in."""

from django.conf import settings
from django.db import connection

_KNOWN = """
SELECT cfgname, pg_ts_config_is_visible(c.oid), nspname || '.' || cfgname
FROM pg_ts_config c JOIN pg_namespace n ON n.oid = cfgnamespace ORDER BY cfgname
"""


def problem() -> str:
    """What is wrong with LAKEHOUSE_TEXT_SEARCH and what would be right, "" when nothing is."""
    name: str = settings.LAKEHOUSE_TEXT_SEARCH
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        rows = cursor.fetchall()
    visible = [short for short, seen, _ in rows if seen]
    if name.lower() in {*visible, *(full for _, _, full in rows)}:
        return ""
    return (
        f'LAKEHOUSE_TEXT_SEARCH: this database has no text search configuration "{name}". '
        f"It has: {', '.join(visible)}."
    )
