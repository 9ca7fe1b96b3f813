"""Keeps what a check brought: the models that were listed, and how each step went."""

from collections.abc import Iterable

import msgspec
from django.db import transaction
from django.utils import timezone

from providers import checking, validators
from providers.check_result import CheckResult
from providers.models import Listing, Provider

MAX_MODELS = 10_000


def check_and_save(providers: Iterable[Provider]) -> list[CheckResult]:
    """Checks the providers and stores every result. Not inside a transaction: it is slow."""
    results = checking.check_all(provider.endpoint() for provider in providers)
    for result in results:
        save(result)
    return results


def save(result: CheckResult) -> None:
    """Stores one result. A list that was not read leaves the last one as it was."""
    now = timezone.now()
    kept = {"checked_at": now, "steps": msgspec.to_builtins(result.steps), "error": result.error}
    if result.models is not None:
        kept |= {"fetched_at": now, "models": _storable(result)}
    with transaction.atomic():
        # Locked, so that the row the listing points to is still there at the commit.
        row = Provider.objects.select_for_update().filter(name=result.provider).first()
        if row is not None:
            Listing.objects.update_or_create(provider=row, defaults=kept)


def _storable(result: CheckResult) -> list[object]:
    """Without names that no call could use or no database keep: upstreams may send anything."""
    return [
        entry
        for model in (result.models or ())[:MAX_MODELS]
        if 0 < len(model.id) <= 200 and model.id.isprintable()
        if validators.is_plain(entry := msgspec.to_builtins(model))
    ]
