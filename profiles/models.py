"""Where Django finds every table of this app; each is written beside what it is for."""

from profiles.activation.model import Activation, Anchor
from profiles.embedding.space import Space
from profiles.execution.model import ExecutionProfile
from profiles.ladder.model import Ladder, Rung
from profiles.memory.feedback import Feedback
from profiles.memory.model import MemoryProfile
from profiles.memory.playbook import Playbook, PlaybookEvent
from profiles.memory.session import Session, SessionTurn
from profiles.observer.model import ObserverProfile
from profiles.retrieval.document import Chunk, Corpus, Document, Lexeme
from profiles.retrieval.model import RetrievalProfile

__all__ = [
    "Activation",
    "Anchor",
    "Chunk",
    "Corpus",
    "Document",
    "ExecutionProfile",
    "Feedback",
    "Ladder",
    "Lexeme",
    "MemoryProfile",
    "ObserverProfile",
    "Playbook",
    "PlaybookEvent",
    "RetrievalProfile",
    "Rung",
    "Session",
    "SessionTurn",
    "Space",
]
