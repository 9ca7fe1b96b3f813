"""The last calls of this process, in memory: small values, without what was said in them."""

from collections import deque
from datetime import datetime
from uuid import UUID

import msgspec

from lakehouse.gateway import live
from lakehouse.gateway.recorder import Finished
from lakehouse.gateway.seen import Seen


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One call that ended. Times are milliseconds; `key` is the API key's label."""

    id: UUID
    key: str
    operation: str
    provider: str
    model: str
    profile: str
    outcome: str
    status: int | None
    error_kind: str
    attempts: int
    stream: bool
    started_at: datetime
    finished_at: datetime | None
    queue_ms: float | None
    first_token_ms: float | None
    total_ms: float | None
    input_tokens: int
    output_tokens: int


class Ring:
    """Holds as many as the live observer profile says now; what is older falls out.

    Written on the event loop only. Reading is safe from any thread: a deque is copied in one step.
    """

    def __init__(self) -> None:
        self.seen_in_all = 0
        self._held: deque[Entry] = deque(maxlen=self.size)

    @property
    def size(self) -> int:
        return live.current().profiles.live_observer.ring_size

    @property
    def fell_out(self) -> int:
        return self.seen_in_all - len(self._held)

    def newest_first(self) -> list[Entry]:
        """At most `size`, also when that was lowered and no call has come since."""
        held = list(self._held)
        return held[: -self.size - 1 : -1]

    def seen(self, call: Seen) -> None:
        if self._held.maxlen != (size := self.size):
            self._held = deque(self._held, maxlen=size)
        row = call.finished.row
        self._held.append(
            Entry(
                row.id,
                call.principal.label,
                row.operation,
                row.provider,
                row.model,
                row.profile,
                row.outcome,
                row.status,
                row.error_kind,
                row.attempts_made,
                row.stream,
                row.started_at,
                row.finished_at,
                row.queue_ms,
                row.first_token_ms,
                row.total_ms,
                row.input_tokens,
                row.output_tokens,
            )
        )
        self.seen_in_all += 1

    def written(self, calls: list[Finished]) -> None:
        """Nothing more is known of them that is shown here."""
