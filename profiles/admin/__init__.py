"""Profiles, ladders and activations as an operator sees them."""

from profiles.admin.activation import ActivationAdmin
from profiles.admin.documents import DocumentAdmin
from profiles.admin.kinds import (
    ExecutionAdmin,
    MemoryAdmin,
    ObserverAdmin,
    RetrievalAdmin,
)
from profiles.admin.ladder import LadderAdmin

__all__ = [
    "ActivationAdmin",
    "DocumentAdmin",
    "ExecutionAdmin",
    "LadderAdmin",
    "MemoryAdmin",
    "ObserverAdmin",
    "RetrievalAdmin",
]
