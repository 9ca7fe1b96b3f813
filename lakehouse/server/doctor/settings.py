"""The settings in force, and what the start-up checks say of them."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.core.cache import cache

from lakehouse.server import safety
from lakehouse.server.doctor.finding import Finding, State

AREA = "settings"


def look() -> Iterator[Finding]:
    yield Finding(AREA, "DJANGO_DEBUG", State.OK, str(settings.DEBUG))
    yield Finding(AREA, "LAKEHOUSE_HOSTS", State.OK, ", ".join(settings.ALLOWED_HOSTS))
    for name in sorted(name for name in dir(settings) if name.startswith("LAKEHOUSE_")):
        yield Finding(AREA, name, State.OK, str(getattr(settings, name)))
    yield _cache()
    yield _secret_key()
    for found in safety.unsafe("localhost"):
        yield Finding(AREA, found.setting, State.PROBLEM, found.problem, found.remedy)
    for message in checks.run_checks():
        state = State.PROBLEM if message.level >= checks.WARNING else State.NOTE
        yield Finding(AREA, message.id or "check", state, message.msg, message.hint or "")


def _secret_key() -> Finding:
    if safety.key():
        return Finding(AREA, "DJANGO_SECRET_KEY", State.OK, "set")
    remedy = "Set 50 or more random characters, or run `manage.py up` once: it makes one."
    return Finding(AREA, "DJANGO_SECRET_KEY", State.PROBLEM, "there is none", remedy)


def _cache() -> Finding:
    kind = settings.CACHES["default"]["BACKEND"].rpartition(".")[2]
    try:
        cache.set("doctor", kind, timeout=10)
        kept = cache.get("doctor") == kind
    except Exception as error:  # each kind of cache has errors of its own
        kept, kind = False, f"{kind}: {error}"
    if kept:
        return Finding(AREA, "CACHE_URL", State.OK, kind)
    remedy = "See that Redis runs and that CACHE_URL is right; or unset it."
    return Finding(AREA, "CACHE_URL", State.PROBLEM, kind, remedy)
