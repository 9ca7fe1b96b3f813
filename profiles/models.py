"""Where Django finds every table of this app; each is written beside what it is for."""

from profiles.activation.model import Activation, Anchor
from profiles.execution.model import ExecutionProfile
from profiles.ladder.model import Ladder, Rung
from profiles.memory.model import MemoryProfile
from profiles.observer.model import ObserverProfile
from profiles.retrieval.model import RetrievalProfile

__all__ = [
    "Activation",
    "Anchor",
    "ExecutionProfile",
    "Ladder",
    "MemoryProfile",
    "ObserverProfile",
    "RetrievalProfile",
    "Rung",
]
