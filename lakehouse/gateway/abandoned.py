"""Looks, from the web process, for activations that no worker is left to take over."""

import asyncio
import logging

from django.db import connection

from profiles.activation import takeover

logger = logging.getLogger(__name__)
EVERY_SECS = 2.0


async def run() -> None:
    """For ever; while the database is away there is nothing to find."""
    while True:
        await asyncio.sleep(EVERY_SECS)
        try:
            await asyncio.to_thread(_look)
        except Exception as error:
            logger.debug("abandoned activations were not looked for: %s", error)


def _look() -> None:
    try:
        takeover.fail_abandoned()
    finally:
        connection.close()
