"""A verdict on a call: what served it is counted, and a playbook that fails too often retired."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import F, Q
from django.db.models.functions import Greatest

from profiles.activation.locking import in_transaction
from profiles.memory.feedback import Feedback
from profiles.memory.linked import documents as stored_documents
from profiles.memory.playbook import Playbook, State
from profiles.memory.policy import Memory
from profiles.memory.states import move

# Pinned ones are exempt, and calls get no others.
_MAY_RETIRE = (State.ACTIVE, State.STALE)


class Judged(msgspec.Struct, frozen=True):
    """`playbooks` and `documents` are those that this verdict was counted for: none where it
    was said before. `retired` are those of the playbooks that it retired."""

    verdict: str
    note: str
    changed: bool
    playbooks: tuple[UUID, ...] = ()
    documents: tuple[UUID, ...] = ()
    retired: tuple[UUID, ...] = ()


def judge(
    call_id: UUID,
    key_id: int,
    verdict: str,
    note: str,
    *,
    playbooks: Collection[UUID],
    documents: Collection[UUID],
    policy: Memory | None,
) -> Judged:
    """Keeps a verdict on a call and counts it for what served the call, once.

    The same again changes the note at most; another one replaces it and moves the counts of
    what it was first counted for. What was deleted since is skipped. `policy` says when a
    playbook is retired: without one, never. `verdict` is one of Feedback.Verdict, `note`
    storable text. Raises TryAgain, having changed nothing.
    """

    def work() -> Judged:
        # Who comes second waits here for the first one's end, and then finds the row.
        row, is_new = Feedback.objects.select_for_update().get_or_create(
            call_id=call_id, defaults={"key_id": key_id, "verdict": verdict, "note": note}
        )
        if is_new:
            return _first(row, playbooks, documents, policy)
        return _again(row, verdict, note, policy)

    return in_transaction(work)


def _first(
    row: Feedback,
    playbooks: Collection[UUID],
    documents: Collection[UUID],
    policy: Memory | None,
) -> Judged:
    cited, served = _locked_both(documents, playbooks)
    row.playbooks.set(Playbook.objects.filter(pk__in=served))
    row.documents = cited
    row.save(update_fields=["documents"])
    return _counted(row, served, cited, policy)


def _again(row: Feedback, verdict: str, note: str, policy: Memory | None) -> Judged:
    if row.verdict == verdict:
        if row.note != note:
            row.note = note
            row.save(update_fields=["note", "updated"])
        return Judged(verdict, note, changed=False)
    before, row.verdict, row.note = row.verdict, verdict, note
    row.save(update_fields=["verdict", "note", "updated"])
    # A restored playbook's counts started anew: what was said before it is no longer in them.
    since = Q(events__before=State.RETIRED, events__at__gt=row.created)
    kept = row.playbooks.exclude(since).values_list("pk", flat=True)
    cited, served = _locked_both(row.documents, list(kept))
    return _counted(row, served, cited, policy, before)


def _locked_both(
    documents: Iterable[UUID], playbooks: Iterable[UUID]
) -> tuple[list[UUID], list[UUID]]:
    """Documents first, as who deletes one does: its playbooks inherit the label."""
    return _locked(stored_documents(), documents), _locked(Playbook.objects, playbooks)


def _locked(rows: Any, ids: Iterable[UUID]) -> list[UUID]:
    """Those of them that are there, locked in one order whoever asks."""
    found = rows.filter(pk__in=set(ids)).order_by("pk").select_for_update(no_key=True)
    return list(found.values_list("pk", flat=True))


def _counted(
    row: Feedback,
    playbooks: list[UUID],
    documents: list[UUID],
    policy: Memory | None,
    before: str | None = None,
) -> Judged:
    counts: dict[str, Any] = {row.verdict: F(row.verdict) + 1}
    if before:
        counts[before] = Greatest(F(before) - 1, 0)
    # update(), since a count is no edit: `updated` stays.
    Playbook.objects.filter(pk__in=playbooks).update(**counts)
    stored_documents().filter(pk__in=documents).update(**counts)
    return Judged(
        row.verdict,
        row.note,
        changed=True,
        playbooks=tuple(playbooks),
        documents=tuple(documents),
        retired=tuple(_retired(playbooks, policy)) if policy else (),
    )


def _retired(playbooks: list[UUID], policy: Memory) -> Iterable[UUID]:
    for playbook in Playbook.objects.filter(pk__in=playbooks, state__in=_MAY_RETIRE):
        if not (reason := failing(playbook, policy)):
            continue
        move(playbook, State.RETIRED, via="feedback", reason=reason)
        yield playbook.pk


def failing(playbook: Playbook, policy: Memory) -> str:
    """Why the policy retires it, like "3 uses, 0 % helpful, below 80 %"; "" when it does not."""
    uses, success = playbook.helpful + playbook.harmful, playbook.success
    if success is None or uses < policy.retire_min_uses or success >= policy.retire_below_success:
        return ""
    helped = int(success * 100)  # cut, so that 79.9 is not called 80 and yet below 80
    plural = "" if uses == 1 else "s"
    return f"{uses} use{plural}, {helped} % helpful, below {policy.retire_below_success * 100:g} %"
