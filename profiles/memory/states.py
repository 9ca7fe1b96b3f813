"""What moves a playbook from state to state: each move is recorded with who, when and why."""

from typing import Any, NamedTuple

from django.utils import timezone

from profiles.activation.locking import in_transaction
from profiles.memory.linked import hashes
from profiles.memory.playbook import Playbook, PlaybookEvent, State
from providers.endpoint import rank


class NotNow(Exception):
    """The playbook's state does not allow it; says which state, and what would."""


class Verb(NamedTuple):
    """`after` None: only what is stale moves, to active. `approves`: a person has looked at it."""

    before: tuple[State, ...]
    after: State | None
    done: str
    approves: bool = False


VERBS = {
    "activate": Verb((State.DRAFT,), State.ACTIVE, "activated", approves=True),
    "retire": Verb(
        (State.DRAFT, State.ACTIVE, State.STALE, State.PINNED), State.RETIRED, "retired"
    ),
    "restore": Verb((State.RETIRED,), State.ACTIVE, "restored", approves=True),
    "pin": Verb((State.ACTIVE, State.STALE), State.PINNED, "pinned"),
    "unpin": Verb((State.PINNED,), State.ACTIVE, "unpinned"),
    "review": Verb((State.ACTIVE, State.STALE, State.PINNED), None, "reviewed", approves=True),
}
_INSTEAD = {
    State.DRAFT: "Activate it first.",
    State.RETIRED: "Restore it first.",
    State.STALE: "Review it instead.",
    State.ACTIVE: "Calls get it.",
    State.PINNED: "Calls get it.",
}


def act(
    verb: str,
    playbook: Playbook,
    *,
    who: str,
    via: str,
    reason: str = "",
    limit: int = rank("restricted"),
) -> Playbook:
    """Does one of VERBS, as a person asks who sees up to `limit`. Gives the row as it is then.

    Raises NotNow when its state does not allow it, Playbook.DoesNotExist when it was deleted
    or raised above the limit meanwhile, and TryAgain.
    """
    said = VERBS[verb]

    def work() -> Playbook:
        seen = Playbook.objects.up_to(limit).select_for_update(of=("self",), no_key=True)
        row: Playbook = seen.get(pk=playbook.pk)
        if row.state not in said.before:
            hint = "" if said.after == row.state else f" {_INSTEAD[State(row.state)]}"
            raise NotNow(f'"{row.title}" is {row.state}: it cannot be {said.done} now.{hint}')
        columns: dict[str, Any] = approved(row) if said.approves else {}
        if verb == "restore":
            columns |= {"helpful": 0, "harmful": 0}
        after = said.after or (State.ACTIVE if row.state == State.STALE else State(row.state))
        move(row, after, who=who, via=via, reason=reason or said.done, **columns)
        return row

    return in_transaction(work)


def approved(row: Playbook) -> dict[str, Any]:
    """The columns that say that a person wrote or approved it now."""
    return {"reviewed": timezone.now(), "seen": hashes(row)}


def move(
    row: Playbook, after: State, *, via: str, reason: str, who: str = "", **columns: Any
) -> None:
    """Writes the state, other columns and the event. The caller has locked the row."""
    PlaybookEvent.objects.create(
        playbook=row,
        before=row.state,
        after=after,
        who=who[:150],
        via=via,
        reason=reason,
        helpful=row.helpful,
        harmful=row.harmful,
    )
    hides = after in (State.RETIRED, State.STALE)
    row.state, row.state_reason = after, reason if hides else ""
    for column, value in columns.items():
        setattr(row, column, value)
    row.save(update_fields=["state", "state_reason", "updated", *columns])
