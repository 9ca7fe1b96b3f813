"""Where limits are counted: in the Redis that CACHE_URL names, else in each process."""

from typing import Any

from django.conf import settings
from django.core.cache import caches

REDIS = "django.core.cache.backends.redis.RedisCache"


def is_shared() -> bool:
    """Whether several processes count together."""
    return bool(settings.CACHES["default"]["BACKEND"] == REDIS)


def address() -> str:
    """The Redis's URL; of several the first, which is the one that takes writes."""
    location = settings.CACHES["default"]["LOCATION"]
    return str(location if isinstance(location, str) else location[0])


def options() -> dict[str, Any]:
    """What CACHE_URL says besides, such as a password."""
    return dict(settings.CACHES["default"].get("OPTIONS", {}))


def prefix() -> str:
    """What our names in it begin with; CACHE_URL's key_prefix is in it."""
    return str(caches["default"].make_key("limits"))
