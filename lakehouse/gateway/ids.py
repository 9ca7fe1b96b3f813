"""The id of a request: of its answer's x-request-id, and of its call in the ledger."""

import os
import time
import uuid
from contextvars import ContextVar

# What this task or thread works for, if for a request: log lines carry it.
served: ContextVar[uuid.UUID | None] = ContextVar("served", default=None)


def new_id() -> uuid.UUID:
    """A version 7 UUID: unique, and ordered by time so that the ledger's index stays dense."""
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (7 << 76)
    value = (value & ~(0x3 << 62)) | (2 << 62)
    return uuid.UUID(int=value)
