"""Profiles, ladders and activations as an operator sees them."""

from profiles.admin.activation import ActivationAdmin
from profiles.admin.kinds import (
    ExecutionAdmin,
    MemoryAdmin,
    ObserverAdmin,
    RetrievalAdmin,
)
from profiles.admin.ladder import LadderAdmin
from profiles.admin.sessions import SessionAdmin

__all__ = [
    "ActivationAdmin",
    "ExecutionAdmin",
    "LadderAdmin",
    "MemoryAdmin",
    "ObserverAdmin",
    "RetrievalAdmin",
    "SessionAdmin",
]
