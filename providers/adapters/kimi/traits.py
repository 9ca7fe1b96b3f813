"""What Kimi's products and models differ in (`wire/kimi.md`)."""

import re
from typing import Final
from urllib.parse import urlsplit

import msgspec

CODING_HOSTS: Final = frozenset({"api.kimi.com", "api.kimi.ai"})
PLATFORM_HOSTS: Final = frozenset({"api.moonshot.ai", "api.moonshot.cn"})
BASES: Final = (
    "https://api.kimi.com/coding/v1",
    "https://api.kimi.ai/coding/v1",
    "https://api.moonshot.ai/v1",
    "https://api.moonshot.cn/v1",
)


def is_coding(base_url: str) -> bool:
    """True for the coding plan, by its hosts or (behind a proxy) by its path."""
    parts = urlsplit(base_url)
    return parts.hostname in CODING_HOSTS or "coding" in parts.path.split("/")


class Traits(msgspec.Struct, frozen=True):
    """`levels`: takes a reasoning effort. `can_stop`: thinking can be turned off.
    `can_force`: a tool call can be required while it thinks.
    """

    levels: bool
    can_stop: bool
    can_force: bool


_BY_NAME: Final = (
    (r"kimi-k3", Traits(levels=True, can_stop=False, can_force=True)),
    (r"k3", Traits(levels=True, can_stop=True, can_force=True)),
    (r".*-highspeed", Traits(levels=False, can_stop=False, can_force=False)),
    (r"kimi-k2\.7", Traits(levels=False, can_stop=False, can_force=False)),
    (r"kimi-k2", Traits(levels=False, can_stop=True, can_force=False)),
    (r"kimi-for-coding", Traits(levels=True, can_stop=True, can_force=False)),
)
_UNKNOWN: Final = Traits(levels=True, can_stop=False, can_force=False)


def of(model: str) -> Traits:
    """By the beginning of the name; a new model is taken to be the most restricted kind."""
    for pattern, traits in _BY_NAME:
        if re.match(pattern, model, re.IGNORECASE):
            return traits
    return _UNKNOWN
