"""The fields of a provider that a person sets, where a file and a form agree on them.

A field that is left out starts with the kind's default (`starting`), so that an entry
for a known vendor needs a name and a kind only.
"""

import math
from typing import Any

import msgspec

from providers import adapters

# In the order in which they are shown and written; the types are those of the file.
TYPES: dict[str, tuple[type, ...]] = {
    "kind": (str,),
    "base_url": (str,),
    "auth": (str,),
    "default_model": (str,),
    "enabled": (bool,),
    "unattended": (bool,),
    "clearance": (str,),
    "connect_timeout": (int, float),
    "first_token_timeout": (int, float),
    "idle_timeout": (int, float),
    "total_timeout": (int, float),
    "min_output_tokens": (int,),
    "max_concurrency": (int,),
    "user_agent": (str,),
    "headers": (dict,),
    "options": (dict,),
}
NAMES = tuple(TYPES)

# What people write for them.
OTHER_WORDS = {
    "type": "kind",
    "adapter": "kind",
    "url": "base_url",
    "api_base": "base_url",
    "endpoint": "base_url",
    "key": "auth",
    "api_key": "auth",
    "apikey": "auth",
    "secret": "auth",
    "token": "auth",
    "model": "default_model",
    "timeout": "total_timeout",
    "timeout_secs": "total_timeout",
    "concurrency": "max_concurrency",
    "max_tokens": "min_output_tokens",
    "disabled": "enabled",
    "active": "enabled",
    "sensitivity": "clearance",
    "extra_headers": "headers",
}

_SAME_FOR_ALL: dict[str, Any] = {
    "enabled": True,
    "clearance": "internal",
    "max_concurrency": 0,
    "user_agent": "",
    "headers": {},
    "options": {},
}
NO_SECRET = "none"


def starting(kind: str) -> dict[str, Any]:
    """Every field's value for a new provider of that kind. Raises KeyError when there is none."""
    return _SAME_FOR_ALL | msgspec.structs.asdict(adapters.get(kind).defaults) | {"kind": kind}


def plain(field: str, value: Any) -> Any:
    """One spelling for values that mean the same: 5 and 5.0 seconds, "none" and ""."""
    if field == "auth" and isinstance(value, str) and value.lower() == NO_SECRET:
        return ""
    if field.endswith("_timeout") and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf  # which no field takes
    return value


def named(field: str) -> str:
    """What a field takes, in words."""
    words = {str: "a text in quotes", bool: "true or false", dict: "a table", int: "a whole number"}
    types = TYPES[field]
    return "a number of seconds" if float in types else words[types[0]]
