"""Monthly budgets: what each key with one has spent, known without a query on the line.

The ledger is read at the start and every few seconds, off the line; what this process wrote
since comes on top, and with a Redis what the others did, as they write it. So a budget can be
overshot by what calls in flight cost when it is reached. A restart forgets nothing. While the
database is away, the last reading and what was added to it go on.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import connection

from lakehouse.gateway import live
from lakehouse.gateway.limits.spending import Reading, month_of, next_month
from lakehouse.gateway.recorder import Finished

logger = logging.getLogger(__name__)
READ_SECS = 5.0
LOOK_SECS = 0.5  # for keys that have a budget only since now


class Budgets:
    def __init__(self) -> None:
        self._keys: frozenset[int] = frozenset()
        self._snapshot: live.Snapshot | None = None
        self._reading = Reading()
        self._read: dict[int, float] = {}
        self._added: dict[int, float] = {}
        self._being_read: dict[int, float] = {}
        self._month = month_of(datetime.now(UTC))
        self._ends = next_month(self._month).timestamp()
        self._healthy = True

    @property
    def until(self) -> datetime:
        """When the month that is counted ends, UTC."""
        return next_month(self._month)

    def spent(self, key: int) -> float:
        """US dollars this month, as far as is known here."""
        if time.time() >= self._ends:
            self._turn()
        parts = (self._read, self._being_read, self._added)
        return sum(part.get(key, 0.0) for part in parts)

    def written(self, calls: list[Finished]) -> dict[int, float]:
        """What they add to each key's spending."""
        spent: dict[int, float] = {}
        for call in calls:
            row = call.row
            if row.cost and row.api_key_id in self._keys and row.started_at >= self._month:
                assert row.api_key_id is not None
                spent[row.api_key_id] = spent.get(row.api_key_id, 0) + float(row.cost)
        self.add(self.month, spent)
        return spent

    @property
    def month(self) -> str:
        return f"{self._month:%Y-%m}"

    def add(self, month: str, spent: Mapping[int, float]) -> None:
        """What was written to the ledger, here or elsewhere, for calls of this month."""
        if month != self.month:
            return
        for key, amount in spent.items():
            self._added[key] = self._added.get(key, 0.0) + amount

    async def run(self) -> None:
        """For ever."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECS)
            fresh = self._look()
            if fresh or (self._keys and time.monotonic() - last >= READ_SECS):
                await self.read()
                last = time.monotonic()

    async def read(self) -> None:
        """Reads the ledger; when it cannot, what is known goes on."""
        self._look()
        if not self._keys:
            return
        # What was written before the reading began is in it; what is written meanwhile may
        # be, and then counts twice until the next.
        self._being_read, self._added = self._added, {}
        now = datetime.now(UTC)
        try:
            read = await asyncio.to_thread(self._from_ledger, now)
        except Exception as error:
            for key, amount in self._being_read.items():
                self._added[key] = self._added.get(key, 0.0) + amount
            self._being_read = {}
            if self._healthy:
                logger.warning("budgets: the ledger was not read, the last sums go on: %s", error)
            self._healthy = False
            return
        self._healthy = True
        if month_of(now) == self._month:
            self._read, self._being_read = read, {}

    def _from_ledger(self, now: datetime) -> dict[int, float]:
        try:
            return self._reading.read(self._keys, now)
        finally:
            connection.close()

    def _look(self) -> bool:
        """Whether a key has a budget that had none at the last look."""
        snapshot = live.current()
        if snapshot is self._snapshot:
            return False
        self._snapshot, before = snapshot, self._keys
        self._keys = frozenset(
            key.id for key in snapshot.keys.values() if key.monthly_budget is not None
        )
        return not self._keys <= before

    def _turn(self) -> None:
        """A new month: nothing is spent yet."""
        self._month = month_of(datetime.now(UTC))
        self._ends = next_month(self._month).timestamp()
        self._read, self._being_read, self._added = {}, {}, {}
