"""An observer profile as a call uses it: one immutable value."""

from collections.abc import Mapping
from typing import Any

import msgspec

from providers.endpoint import rank


class Observer(msgspec.Struct, frozen=True):
    """An activated revision, or the defaults where none is live. Fields as in `model.py`."""

    name: str = ""
    revision: int = 0
    failure_cluster_size: int = 3
    failure_cluster_secs: int = 300
    alert_cooldown_secs: int = 300
    ring_size: int = 2000
    langfuse: bool = False
    langfuse_queue: int = 10_000
    langfuse_content: bool = False

    def forwards_content(self, label: str) -> bool:
        """May prompt and answer of a call with this label ("" for none) be forwarded?

        Never above internal, whatever the profile says: a trace's reader has no clearance.
        """
        asked = self.langfuse and self.langfuse_content
        return asked and (not label or rank(label) <= rank("internal"))

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


def of(name: str, revision: int, values: Mapping[str, Any]) -> Observer:
    """From a revision's values. Raises msgspec.ValidationError when they are not usable."""
    own = {field: values[field] for field in Observer.__struct_fields__[2:]}
    return msgspec.convert({"name": name, "revision": revision, **own}, Observer)
