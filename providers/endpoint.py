"""One provider as a call uses it: an immutable value, no ORM behind it."""

from typing import Any, Literal

import msgspec

from providers.messages import ModelInfo

Clearance = Literal["public", "internal", "confidential", "restricted"]
LABELS: tuple[Clearance, ...] = ("public", "internal", "confidential", "restricted")


def rank(label: str) -> int:
    """0 (public) to 3 (restricted); what has no label, or an unknown one, is restricted."""
    return LABELS.index(label) if label in LABELS else len(LABELS) - 1


def above(label: Clearance, limit: Clearance) -> bool:
    return rank(label) > rank(limit)


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds. `first_token` runs until the first content event, `idle` between bytes."""

    connect: float = 5.0
    first_token: float = 120.0
    idle: float = 60.0
    total: float = 600.0


class Endpoint(msgspec.Struct, frozen=True):
    """`base_url` has no trailing slash; `auth` is a secret's reference, "" for none.

    `headers` are the operator's extra headers. `options` are the adapter's own
    settings, each named in its `options` table. `models` is the list last read
    from the upstream, `details` what it said of each, by id.
    """

    name: str
    kind: str
    base_url: str
    auth: str = ""
    default_model: str = ""
    timeouts: Timeouts = Timeouts()
    user_agent: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    enabled: bool = True
    unattended: bool = True
    clearance: Clearance = "internal"
    min_output_tokens: int = 0
    max_concurrency: int = 0
    options: dict[str, Any] = {}
    models: tuple[str, ...] = ()
    details: dict[str, ModelInfo] = {}
