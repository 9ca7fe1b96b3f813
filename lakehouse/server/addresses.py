"""Addresses in the environment that a library reads: what is wrong with one is said by its name."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def read(reader: Callable[..., dict[str, Any]], name: str, default: str, like: str) -> Any:
    """What `reader` makes of the variable. Raises ImproperlyConfigured with its name, without
    its value, which may hold a password."""
    try:
        return reader(name, default=default)
    except (ImproperlyConfigured, ValueError, KeyError):
        text = f"{name} cannot be read. Write it as {like}; in a password, write / as %2F."
        raise ImproperlyConfigured(text) from None
