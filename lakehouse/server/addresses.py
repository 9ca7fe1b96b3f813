"""Addresses in the environment that a library reads: what is wrong with one is said by its name."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def read(reader: Callable[[], Any], name: str, like: str) -> Any:
    """What `reader` makes of the variable `name`. Raises ImproperlyConfigured with the name and
    without the value, which may hold a password."""
    try:
        return reader()
    except (ImproperlyConfigured, ValueError, KeyError):
        text = f"{name} cannot be read. Write it as {like}; in a password, write / as %2F."
        raise ImproperlyConfigured(text) from None
