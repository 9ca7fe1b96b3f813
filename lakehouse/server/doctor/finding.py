"""One line of the doctor's report."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    OK = "ok"
    NOTE = "note"  # worth knowing; nothing is broken
    PROBLEM = "problem"


class Finding(NamedTuple):
    """`remedy` says what to do about it; empty when there is nothing to do."""

    area: str
    name: str
    state: State
    detail: str
    remedy: str = ""
