"""Deleting a provider, unless something still names it: for REST and sync alike."""

from django.db import transaction
from django.db.models import ProtectedError

from providers.models import Provider

SHOWN = 5


class InUse(Exception):
    """Nothing was deleted; says what names it and what to do."""


def remove(provider: Provider) -> None:
    """Raises InUse."""
    try:
        with transaction.atomic():
            provider.delete()
    except ProtectedError as error:
        raise InUse(
            f"{provider.name} is used by {users(error)}. Take it out there first; or set enabled "
            "to false, and no call reaches it."
        ) from None


def users(error: ProtectedError) -> str:
    """What still names the row: rows, or texts that say it themselves."""
    found = sorted(
        row if isinstance(row, str) else f"{row._meta.verbose_name} {row}"
        for row in error.protected_objects
    )
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more
