"""Each provider's secret: present, missing, or in a file that others can read. Never its value."""

from collections.abc import Iterator

from django.db.utils import Error

from lakehouse.server.doctor.finding import Finding, State
from providers import secrets
from providers.models import Provider

AREA = "secrets"


def look() -> Iterator[Finding]:
    try:
        rows = list(Provider.objects.order_by("name"))
    except Error:
        return  # the database's own findings say why
    if not rows:
        remedy = "Run: manage.py sync_providers --apply"
        yield Finding(AREA, "providers", State.NOTE, "the database has none", remedy)
    for row in rows:
        yield _secret(row)


def _secret(row: Provider) -> Finding:
    status = secrets.status(row)
    if status.usable:
        return Finding(AREA, row.name, State.OK, f"{status.state}. {status.detail}")
    missing = status.state is secrets.State.MISSING or not row.enabled
    state = State.NOTE if missing else State.PROBLEM
    return Finding(AREA, row.name, state, str(status.state), status.detail)
