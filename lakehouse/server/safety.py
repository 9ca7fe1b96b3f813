"""Settings that are fine on one's own machine and dangerous on a network."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from lakehouse.gateway.limits import place

SHORTEST_KEY = 50  # characters, as Django's own check


class Unsafe(NamedTuple):
    id: str
    setting: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.problem} {self.remedy}"


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def key() -> str:
    """The secret key, "" when there is none (asking Django's settings raises then)."""
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        return ""


def unsafe(host: str) -> list[Unsafe]:
    """What must change before a server on address `host` starts; nothing for a private one."""
    if is_loopback(host) and not settings.LAKEHOUSE_PUBLIC_URL:
        return []
    return list(_unsafe())


def _unsafe() -> Iterator[Unsafe]:
    if settings.DEBUG:
        problem = "debug pages show settings and source to anyone."
        yield Unsafe("lakehouse.E001", "DJANGO_DEBUG", problem, "Remove it.")
    if len(key()) < SHORTEST_KEY or key().startswith("django-insecure"):
        remedy = "Remove it, and `manage.py up` makes one; or set 50 or more random characters."
        yield Unsafe("lakehouse.E002", "DJANGO_SECRET_KEY", "the key can be guessed.", remedy)
    if "*" in settings.ALLOWED_HOSTS:
        remedy = "List the names clients use."
        yield Unsafe("lakehouse.E003", "LAKEHOUSE_HOSTS", "any Host header is accepted.", remedy)
    if not settings.LAKEHOUSE_PUBLIC_URL.startswith("https://"):
        if not settings.LAKEHOUSE_PLAIN_HTTP:
            problem = "without https, keys and passwords cross the network as plain text."
            remedy = (
                "Set it to the https address of the proxy in front; or, on a network that is "
                "private to its last cable, set LAKEHOUSE_PLAIN_HTTP=true."
            )
            yield Unsafe("lakehouse.E004", "LAKEHOUSE_PUBLIC_URL", problem, remedy)
    elif not settings.LAKEHOUSE_TRUST_PROXY:
        problem = "https ends at a proxy whose X-Forwarded-Proto is not trusted yet."
        remedy = "See that the proxy overwrites that header, then set it to true."
        yield Unsafe("lakehouse.E005", "LAKEHOUSE_TRUST_PROXY", problem, remedy)


def uncounted(workers: int) -> list[Unsafe]:
    """What must change before so many web processes start: they must count limits together."""
    if workers <= 1 or place.is_shared():
        return []
    problem = (
        f"{workers} web processes would each count a key's limits alone, so that it would get "
        f"them {workers} times."
    )
    remedy = "Set it to a Redis that all of them use, redis://host:6379/0; or start one worker."
    return [Unsafe("lakehouse.E006", "CACHE_URL", problem, remedy)]


def check_counting(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """For `check --deploy`, which cannot know how many processes there will be."""
    if place.is_shared():
        return []
    text = "CACHE_URL: no Redis, so limits of keys are counted by one web process only."
    hint = "Serve with one worker on one machine; or set CACHE_URL=redis://host:6379/0."
    return [checks.Info(text, hint=hint, id="lakehouse.I006")]


def check_deployment(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """For `check --deploy`: the same, as if served on a network."""
    return [checks.Error(str(found), id=found.id) for found in _unsafe()]


def register_checks() -> None:
    checks.register(check_deployment, checks.Tags.security, deploy=True)
    checks.register(check_counting, deploy=True)
