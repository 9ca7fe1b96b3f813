"""A gateway process watches its own recorder, and says in the database what it served.

It does not go through the recorder: one that stopped, or writes nothing, is found by what
this says (`self_check.py`). What cannot wait for a database that is away goes to the log.
"""

import asyncio
import logging
import time
from collections import deque
from datetime import UTC, datetime

from django.db import connection

from lakehouse.gateway.drain import Drain
from lakehouse.gateway.recorder import Recorder

logger = logging.getLogger("lakehouse.alerts")

EVERY_SECS = 5.0
# A call that ended so long ago is in the ledger, or something is wrong.
SETTLED_SECS = 30.0
BEHIND_SECS = 30.0
# How long the worst wait is told, so that whoever looks now and then sees it.
TOLD_SECS = 120.0

_TELL = """
INSERT INTO gateway_instance (id, host, pid, calls_ended, settled_at, behind_secs, records_dropped)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET calls_ended = EXCLUDED.calls_ended,
    settled_at = EXCLUDED.settled_at, behind_secs = EXCLUDED.behind_secs
"""


class Pulse:
    def __init__(self, recorder: Recorder, drain: Drain) -> None:
        self._recorder = recorder
        self._drain = drain
        self._dropped = 0
        self._behind = False
        self._worst = (0.0, 0.0)  # seconds a record waited, and until when that is told
        self._ends: deque[tuple[float, float]] = deque()  # when looked, the last end seen then

    async def run(self) -> None:
        """For ever. A database that hangs keeps the telling, never the looking."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_again())
            group.create_task(self._tell_again())

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECS)
            self.look(time.time())

    async def _tell_again(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECS)
            try:
                await asyncio.to_thread(self.tell)
            except Exception as error:
                logger.debug("the pulse was not taken: %s", error)  # the recorder says it

    def look(self, now: float) -> None:
        """Once a beat: the log hears at once of drops, and of a database that is behind."""
        waited = self._recorder.oldest_secs
        if waited >= self._worst[0] or now >= self._worst[1]:
            self._worst = (waited, now + TOLD_SECS)
        self._ends.append((now, self._drain.last_ended))
        while len(self._ends) > 1 and self._ends[1][0] <= now - SETTLED_SECS:
            self._ends.popleft()
        self._say_drops()
        self._say_behind(waited)

    @property
    def settled_at(self) -> float:
        """Unix time of the last call's end, as it was SETTLED_SECS ago; 0 while there is none."""
        looked, ended = self._ends[0] if self._ends else (0.0, 0.0)
        return ended if self._ends and looked <= self._ends[-1][0] - SETTLED_SECS else 0.0

    def tell(self) -> None:
        """Writes it to this process's row. In a thread: closes the thread's connection."""
        ended = self.settled_at
        settled = datetime.fromtimestamp(ended, UTC) if ended else None
        recorder = self._recorder
        row = (recorder.instance, recorder.host, recorder.pid)
        told = (self._drain.ended, settled, self._worst[0], recorder.dropped)
        try:
            with connection.cursor() as cursor:
                cursor.execute(_TELL, (*row, *told))
        finally:
            connection.close()

    def _say_drops(self) -> None:
        lost, self._dropped = self._recorder.dropped - self._dropped, self._recorder.dropped
        if lost:
            text = "%d call records were dropped: the database takes them too slowly, or not at all"
            logger.error(text, lost, extra={"alert": "self_check", "dropped": self._dropped})

    def _say_behind(self, waited: float) -> None:
        behind, before = waited >= BEHIND_SECS, self._behind
        self._behind = behind
        waiting = {"alert": "self_check", "records_waiting": self._recorder.waiting}
        if behind and not before:
            text = "the database is behind: a call record has waited for %.0f s"
            logger.error(text, waited, extra=waiting)
        if before and not behind:
            logger.info("the database has caught up", extra=waiting)
