"""What traffic gets of profiles: immutable values, read from activated revisions only.

The gateway keeps one `Profiles` within its snapshot, replaced whole. A row that cannot
be read never replaces the good value that was there, and holds up no other.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from django.db.models import Exists, F, OuterRef

from profiles.execution import policy as execution
from profiles.execution.policy import Execution
from profiles.kinds import Kind, model_of
from profiles.ladder.model import Ladder as LadderRow
from profiles.ladder.policy import Ladder, Rung
from profiles.memory import policy as memory
from profiles.memory.policy import Memory
from profiles.observer import policy as observer
from profiles.observer.policy import Observer
from profiles.parameters import Parameters
from profiles.retrieval import policy as retrieval
from profiles.retrieval.policy import Retrieval
from profiles.revisions import read_values

logger = logging.getLogger(__name__)

Value = TypeVar("Value")
_WATCHING = Observer()


class Profiles(msgspec.Struct, frozen=True):
    """`live` maps a kind to the name of its live profile, where there is one."""

    execution: dict[str, Execution] = {}
    retrieval: dict[str, Retrieval] = {}
    memory: dict[str, Memory] = {}
    observer: dict[str, Observer] = {}
    live: dict[Kind, str] = {}
    ladders: dict[str, Ladder] = {}
    never_activated: frozenset[str] = frozenset()  # names of execution profiles

    @property
    def live_execution(self) -> Execution | None:
        return self.execution.get(self.live.get(Kind.EXECUTION, ""))

    @property
    def live_retrieval(self) -> Retrieval | None:
        return self.retrieval.get(self.live.get(Kind.RETRIEVAL, ""))

    @property
    def live_memory(self) -> Memory | None:
        return self.memory.get(self.live.get(Kind.MEMORY, ""))

    @property
    def live_observer(self) -> Observer:
        """The defaults where none is live: there is always one."""
        return self.observer.get(self.live.get(Kind.OBSERVER, ""), _WATCHING)


def load(before: Profiles) -> Profiles:
    """The database's present state; `before` stands in for single rows that cannot be read."""
    live: dict[Kind, str] = {}
    never = model_of(Kind.EXECUTION).objects.never_activated().values_list("name", flat=True)
    return Profiles(
        execution=_read(Kind.EXECUTION, execution.of, before.execution, live),
        retrieval=_read(Kind.RETRIEVAL, retrieval.of, before.retrieval, live),
        memory=_read(Kind.MEMORY, memory.of, before.memory, live),
        observer=_read(Kind.OBSERVER, observer.of, before.observer, live),
        live=live,
        ladders=_ladders(before.ladders),
        never_activated=frozenset(never),
    )


def observer_now() -> Observer:
    """The live observer profile as the database says now, for jobs: they hold no snapshot."""
    live: dict[Kind, str] = {}
    found = _read(Kind.OBSERVER, observer.of, {}, live)
    return found.get(live.get(Kind.OBSERVER, ""), _WATCHING)


def _read(
    kind: Kind,
    value_of: Callable[[str, int, dict[str, Any]], Value],
    before: dict[str, Value],
    live: dict[Kind, str],
) -> dict[str, Value]:
    """Activated values by name; fills in `live`."""
    model = model_of(kind)
    rows = (
        model.revisions.rel.related_model._default_manager.filter(  # type: ignore[attr-defined]
            pgh_obj__activated_revision=F("revision")
        )
        .exclude(pgh_label="deleted")
        .select_related("pgh_obj")
    )
    found: dict[str, Value] = {}
    for row in rows:
        if row.pgh_obj.live:
            live[kind] = row.name
        try:
            found[row.name] = value_of(row.name, row.revision, read_values(row, model.own_fields()))
        except Exception:
            logger.exception("the %s profile %s cannot be read", kind, row.name)
            if row.name in before:
                found[row.name] = before[row.name]
    # None whose revision is not kept is among the rows.
    lost = model.objects.activated().filter(~Exists(rows.filter(pgh_obj=OuterRef("pk"))))
    for name, number, is_live in lost.values_list("name", "activated_revision", "live"):
        logger.error("the %s profile %s is at revision %s, which is not kept", kind, name, number)
        if is_live:
            live[kind] = name
        if name in before:
            found[name] = before[name]
    return found


def _ladders(before: dict[str, Ladder]) -> dict[str, Ladder]:
    found = {}
    for row in LadderRow.objects.prefetch_related("rungs"):
        try:
            found[row.name] = read_ladder(row)
        except Exception:
            logger.exception("the ladder %s cannot be read", row.name)
            if row.name in before:
                found[row.name] = before[row.name]
    return found


def read_ladder(row: LadderRow) -> Ladder:
    """As calls climb it. Raises msgspec.ValidationError when a rung cannot be read."""
    rungs = tuple(
        Rung(
            position=rung.position,
            provider=rung.provider_id,
            model=rung.model,
            parameters=Parameters.of(rung.parameters),
            on_errors=frozenset(rung.on_errors),
            on_answers=frozenset(rung.on_answers),
        )
        for rung in sorted(row.rungs.all(), key=lambda rung: rung.position)
    )
    return Ladder(row.name, rungs, row.deadline_secs)
