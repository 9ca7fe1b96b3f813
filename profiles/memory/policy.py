"""A memory profile as a call uses it: one immutable value."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Memory(msgspec.Struct, frozen=True):
    """An activated revision. Fields as in `model.py`."""

    name: str
    revision: int
    playbook_boost_ceiling: float = 0.25
    history_turns: int = 20
    history_tokens: int = 8000
    doc_staleness_days: int = 90
    retire_min_uses: int = 3
    retire_below_success: float = 0.80

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


def of(name: str, revision: int, values: Mapping[str, Any]) -> Memory:
    """From a revision's values. Raises msgspec.ValidationError when they are not usable."""
    own = {field: values[field] for field in Memory.__struct_fields__[2:]}
    return msgspec.convert({"name": name, "revision": revision, **own}, Memory)
