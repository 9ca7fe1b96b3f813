"""Profiles, ladders and activations as an operator sees them."""

from profiles.admin.activation import ActivationAdmin
from profiles.admin.documents import DocumentAdmin
from profiles.admin.feedback import FeedbackAdmin
from profiles.admin.kinds import (
    ExecutionAdmin,
    MemoryAdmin,
    ObserverAdmin,
    RetrievalAdmin,
)
from profiles.admin.ladder import LadderAdmin
from profiles.admin.playbooks import PlaybookAdmin
from profiles.admin.sessions import SessionAdmin

__all__ = [
    "ActivationAdmin",
    "DocumentAdmin",
    "ExecutionAdmin",
    "FeedbackAdmin",
    "LadderAdmin",
    "MemoryAdmin",
    "ObserverAdmin",
    "PlaybookAdmin",
    "RetrievalAdmin",
    "SessionAdmin",
]
