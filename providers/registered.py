"""What the registry file vouches for: local servers that may be reached, hosts that get a key.

Read from the file only, never from the database: whoever can edit a row must not be able
to send a key, or a request into the local network, where no reviewed file sends it.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from providers import adapters, addresses, fields
from providers.addresses import Origin
from providers.egress import AllowList
from providers.files import Watched


class Registered(NamedTuple):
    """`servers` are host and port of all entries; `bound`, a secret's name and an origin."""

    servers: frozenset[tuple[str, int]] = frozenset()
    bound: frozenset[tuple[str, Origin]] = frozenset()


def read(path: Path) -> Registered:
    """From the file as it is now; a broken edit leaves the last good reading in force."""
    try:
        found = _watched.read(path)
    except (OSError, ValueError, RecursionError):
        return _last_good.get(path, Registered())
    _last_good[path] = found or Registered()
    return _last_good[path]


def local_origins(path: Path) -> frozenset[tuple[str, int]]:
    """Host and port of every server that the file names, for the egress guard's allow-list."""
    return read(path).servers


def allow_list() -> AllowList:
    """What may be reached besides the public internet, as file and environment say now."""
    return _parsed(settings.LAKEHOUSE_EGRESS_ALLOW, local_origins(Path(settings.PROVIDERS_FILE)))


def forget() -> None:
    """Drops what is remembered, so that the next look is at the disk."""
    _watched.forget()
    _last_good.clear()


@lru_cache(maxsize=8)
def _parsed(text: str, servers: frozenset[tuple[str, int]]) -> AllowList:
    return AllowList.parse(text, servers)


def _parse(text: str) -> Registered:
    tables = tomllib.loads(text).get("providers")
    pairs = [
        pair
        for table in (tables.values() if isinstance(tables, dict) else ())
        if isinstance(table, dict) and (pair := _pair(table)) is not None
    ]
    return Registered(
        frozenset((place.host, place.port) for _, place in pairs),
        frozenset((auth, place) for auth, place in pairs if auth),
    )


def _pair(table: dict[str, Any]) -> tuple[str, Origin] | None:
    """One entry's secret's name and origin; None when it reaches no network or is faulty."""
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in adapters.KINDS or adapters.get(kind).local:
        return None
    starting = fields.starting(kind)
    auth = fields.plain("auth", table.get("auth", starting["auth"]))
    base_url = table.get("base_url", starting["base_url"])
    if not isinstance(auth, str) or not isinstance(base_url, str):
        return None
    try:
        return auth, addresses.origin(base_url)
    except ValueError:
        return None


_watched = Watched(_parse)
_last_good: dict[Path, Registered] = {}
