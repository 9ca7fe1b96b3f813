"""The queue of finished calls, and the thread that sends them as traces.

    produced = sent + dropped + waiting

holds at every moment. Dropped is what the queue had no room for, what no collector took
after the repetitions of one batch, and what was left at the end. The event loop only
appends; everything that takes time, the import of OpenTelemetry included, is the thread's.
"""

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from lakehouse.gateway.recorder import Finished
from lakehouse.gateway.seen import Seen
from lakehouse.observing.forwarding.target import ENDPOINT, Target
from lakehouse.observing.forwarding.waiting import Waiting, waiting

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

    from lakehouse.observing.forwarding.exporter import Sink

logger = logging.getLogger(__name__)

BATCH = 16  # calls: encoding more at once would hold up the event loop
FLUSH_SECS = 0.5
SETTLE_SECS = 0.1  # the recorder fills costs in meanwhile
STOP_SECS = 2.0
MOST_CONTENT = 64 * 1024 * 1024  # characters that wait; further calls go without their content


class Counts(msgspec.Struct, frozen=True):
    """Of calls whose observer profile forwards, since the process began."""

    produced: int
    sent: int
    dropped: int
    waiting: int


class Forwarder:
    """A watcher of calls. Each number is written by one thread only, so none needs a lock."""

    def __init__(self, target: Target | None) -> None:
        self._target = target
        self._queue: deque[Waiting] = deque()
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._healthy, self._over = True, False
        self._produced = self._refused = self._content_in = 0  # the event loop's
        self._sent = self._lost = self._content_out = 0  # the thread's

    def seen(self, call: Seen) -> None:
        if not call.observer.langfuse:
            return
        limit = call.observer.langfuse_queue
        if self._target is None or self._stopping.is_set() or self._waiting >= limit:
            self._produced += 1
            self._refused += 1
            if self._target is None:
                self._tell(f"{ENDPOINT} is not set")
            return
        kept = waiting(call, room=self._content_in - self._content_out < MOST_CONTENT)
        self._content_in += kept.size
        self._queue.append(kept)
        self._produced += 1
        self.begin()
        if len(self._queue) >= min(BATCH, limit // 2) and not self._wake.is_set():
            self._wake.set()

    def written(self, calls: list[Finished]) -> None:
        """Costs are in the rows by now; nothing is left to do."""

    def begin(self) -> None:
        """Starts the thread where there is something to send and none runs."""
        if self._thread is None and self._target is not None:
            self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
            self._thread.start()

    def counts(self) -> Counts:
        sent, dropped = self._sent, self._refused + self._lost
        return Counts(self._produced, sent, dropped, self._produced - sent - dropped)

    @property
    def _waiting(self) -> int:
        return self._produced - self._sent - self._refused - self._lost

    def stop(self) -> None:
        """Sends what waits, for STOP_SECS at most; blocks that long, so call it in a thread."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_SECS)
        self._over = True
        if left := self._waiting:
            self._refused += left
            logger.error("%d traces were not sent before the end", left)

    # --- the thread ---

    def _run(self) -> None:
        from lakehouse.observing.forwarding.exporter import Sink

        assert self._target is not None
        sink, last = Sink(self._target), False
        while not last:
            self._wake.wait(FLUSH_SECS)
            self._stopping.wait(SETTLE_SECS)
            self._wake.clear()
            last = self._stopping.is_set()
            while self._queue and not self._over:
                self._send(sink)

    def _send(self, sink: "Sink") -> None:
        """One batch. What goes wrong with it costs its calls, never the thread."""
        batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        self._content_out += sum(kept.size for kept in batch)
        made = [spans for kept in batch if (spans := self._made(kept))]
        taken = False
        try:
            taken = not made or sink.send([span for spans in made for span in spans])
            self._tell("" if taken else sink.why)
        except Exception:
            logger.exception("%d traces were not sent", len(made))
        if self._over:
            return  # counted as dropped already
        self._sent += len(made) * taken
        self._lost += len(batch) - len(made) * taken
        if not taken:
            self._stopping.wait(sink.pause)

    def _made(self, kept: Waiting) -> "list[ReadableSpan]":
        """A call's spans; none where they cannot be made."""
        from lakehouse.observing.forwarding.spans import spans_of

        time.sleep(0)  # the event loop's turn
        try:
            return spans_of(kept)
        except Exception:
            logger.exception("the trace of call %s could not be made", kept.row.id)
            return []

    def _tell(self, why: str) -> None:
        """Once when traces begin to be lost, once when they are taken again."""
        if bool(why) is not self._healthy:
            return
        self._healthy = not why
        if why:
            logger.warning("traces are dropped and counted: %s", why)
        else:
            logger.info("traces are taken again; %d were dropped", self.counts().dropped)
