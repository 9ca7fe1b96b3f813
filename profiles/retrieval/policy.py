"""A retrieval profile as a call uses it: one immutable value."""

from collections.abc import Mapping
from typing import Any

import msgspec

from providers.endpoint import Clearance


class Retrieval(msgspec.Struct, frozen=True):
    """An activated revision. Fields as in `model.py`."""

    name: str
    revision: int
    top_k: int = 20
    rerank_top_k: int = 5
    score_threshold: float = 0.0
    freshness_cutoff_days: int | None = None
    include_undated: bool = True
    playbook_boost: float = 0.15
    sensitivity_gate: Clearance = "internal"

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


def of(name: str, revision: int, values: Mapping[str, Any]) -> Retrieval:
    """From a revision's values. Raises msgspec.ValidationError when they are not usable."""
    own = {field: values[field] for field in Retrieval.__struct_fields__[2:]}
    return msgspec.convert({"name": name, "revision": revision, **own}, Retrieval)
