"""Tells the database of this process's breakers when they change, for the admin and REST."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from lakehouse.gateway.breakers import Breakers, Standing
from lakehouse.gateway.models import Breaker

logger = logging.getLogger(__name__)
EVERY_SECS = 0.5


async def run(breakers: Breakers, instance: UUID) -> None:
    """For ever; a change that the database did not take is told again."""
    while True:
        await asyncio.sleep(EVERY_SECS)
        if not breakers.changed:
            continue
        breakers.changed = False
        try:
            await asyncio.to_thread(replace, instance, list(breakers.all()))
        except Exception as error:
            breakers.changed = True
            logger.warning("the breakers' state was not stored: %s", error)


def replace(instance: UUID, standings: Iterable[Standing]) -> None:
    """What this process's rows say, from now on."""
    now = timezone.now()
    rows = [
        Breaker(
            instance_id=instance,
            provider=standing.provider,
            failures=standing.failures,
            until=now + timedelta(seconds=standing.secs),
            reason=standing.reason,
        )
        for standing in standings
    ]
    try:
        with transaction.atomic():
            Breaker.objects.filter(instance_id=instance).delete()
            Breaker.objects.bulk_create(rows)
    finally:
        connection.close()
