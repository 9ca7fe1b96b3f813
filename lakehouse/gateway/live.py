"""What traffic gets now: one immutable value in memory, replaced whole.

A change in the database reaches this process at once when it was made here, and
within a second when it was made elsewhere: triggers bump a generation and NOTIFY
(migration 0002), a listener reloads, and a poll of the generation stands behind it.
Data that cannot be loaded never replaces a good value; while the database is away
the last value goes on.
"""

import asyncio
import logging
import threading
from typing import Any, cast

import msgspec
import psycopg
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.db.models.signals import post_delete, post_save

from lakehouse.gateway.models import ApiKey
from profiles import live as live_profiles
from profiles.live import Profiles
from profiles.models import Ladder, Rung
from providers.endpoint import Clearance, Endpoint
from providers.models import Listing, Provider

logger = logging.getLogger(__name__)

CHANNEL = "lakehouse_live"
POLL_SECS = 0.9
RECONNECT_SECS = 0.5


class Principal(msgspec.Struct, frozen=True):
    """Who calls: what one API key may do. `expires_at` is seconds since the epoch."""

    id: int
    label: str
    owner: str
    clearance: Clearance
    allowed_providers: frozenset[str]
    requests_per_minute: int | None
    may_manage: bool
    expires_at: float | None
    tokens_per_minute: int | None = None
    monthly_budget: float | None = None  # US dollars
    profile: str = ""  # the execution profile that its calls get, "" for any

    @property
    def is_limited(self) -> bool:
        return not (
            self.requests_per_minute is None
            and self.tokens_per_minute is None
            and self.monthly_budget is None
        )

    def may_use(self, provider: str) -> bool:
        return not self.allowed_providers or provider in self.allowed_providers


class Snapshot(msgspec.Struct, frozen=True):
    """`by_model` names the enabled providers whose list has exactly that model."""

    generation: int = 0
    endpoints: dict[str, Endpoint] = {}
    keys: dict[str, Principal] = {}
    by_model: dict[str, tuple[str, ...]] = {}
    profiles: Profiles = Profiles()


_current = Snapshot()
_loading = threading.Lock()


def current() -> Snapshot:
    return _current


def reload() -> Snapshot:
    """Loads and installs the database's present state. Raises what the database raises.

    Loads are one at a time, so that an earlier state never replaces a later one.
    """
    global _current
    # Before the lock: whoever waits for it holds a connection, and the pool has only so many.
    connection.ensure_connection()
    with _loading:
        _current = _load()
        return _current


def reload_on_commit() -> None:
    """Makes a change in this process live as soon as its transaction commits."""
    for model in (Provider, Listing, ApiKey, Ladder, Rung):
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"live-{model.__name__}")


def _changed(**_: Any) -> None:
    # Once a transaction: a ladder's save alone is up to eighteen changed rows.
    if all(waiting[1] is not _reload_quietly for waiting in connection.run_on_commit):
        transaction.on_commit(_reload_quietly, robust=True)


def _reload_quietly() -> None:
    try:
        reload()
    except Exception:
        logger.exception("live configuration was not reloaded; the last good one goes on")


def _load() -> Snapshot:
    with transaction.atomic():
        generation = stored_generation()
        endpoints = {p.name: p.endpoint() for p in Provider.objects.select_related("listing")}
        keys = {key.digest: _principal(key) for key in ApiKey.objects.filter(revoked_at=None)}
        profiles = live_profiles.load(_current.profiles)
    by_model: dict[str, tuple[str, ...]] = {}
    for endpoint in endpoints.values():
        for model in endpoint.models if endpoint.enabled else ():
            by_model[model] = (*by_model.get(model, ()), endpoint.name)
    return Snapshot(generation, endpoints, keys, by_model, profiles)


def stored_generation() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM lakehouse_generation")
        return int(cursor.fetchone()[0])


def _principal(key: ApiKey) -> Principal:
    return Principal(
        id=key.pk,
        label=key.label,
        owner=key.owner,
        clearance=cast(Clearance, key.clearance),
        allowed_providers=frozenset(key.allowed_providers),
        requests_per_minute=key.requests_per_minute,
        tokens_per_minute=key.tokens_per_minute,
        monthly_budget=None if key.monthly_budget is None else float(key.monthly_budget),
        may_manage=key.may_manage,
        expires_at=key.expires_at.timestamp() if key.expires_at else None,
        profile=key.profile_id or "",
    )


class Listener:
    """Keeps the live value fresh; `healthy` is False while the database is away."""

    def __init__(self) -> None:
        self.healthy = True

    async def run(self) -> None:
        while True:
            try:
                await self._listen()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                if self.healthy:
                    logger.warning("live configuration: the database is away (%s)", error)
                self.healthy = False
            await asyncio.sleep(RECONNECT_SECS)

    async def _listen(self) -> None:
        params = await sync_to_async(_connection_params)()
        async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as listening:
            await listening.execute(f"LISTEN {CHANNEL}")
            await asyncio.to_thread(reload_and_close)
            if not self.healthy:
                logger.info("live configuration: the database is back")
            self.healthy = True
            while True:
                # A quiet channel ends after the poll interval; then the generation is read.
                heard = [n async for n in listening.notifies(timeout=POLL_SECS, stop_after=1)]
                row = await (
                    await listening.execute("SELECT n FROM lakehouse_generation")
                ).fetchone()
                if heard or (row and row[0] != _current.generation):
                    await asyncio.to_thread(reload_and_close)


def reload_and_close() -> None:
    try:
        reload()
    finally:
        connection.close()


def _connection_params() -> dict[str, Any]:
    try:
        connection.ensure_connection()
        params: dict[str, Any] = connection.get_connection_params()
    finally:
        connection.close()
    for name in ("cursor_factory", "context"):
        params.pop(name, None)
    return params
