"""What somebody says of a call, brought to the playbooks and documents that served it."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.db import connection
from msgspec.structs import replace

from lakehouse.errors import ApiError
from lakehouse.gateway.live import Principal, Snapshot
from lakehouse.gateway.models import Call
from profiles.memory.judging import Judged, judge
from profiles.memory.policy import Memory
from profiles.models import Document, Playbook
from providers.endpoint import rank

Got = TypeVar("Got")
# A call is in the ledger a moment after its answer ends, and its feedback may be quick.
WAIT_SECS = 2.0
LOOK_SECS = 0.05  # until the second look; each waits twice as long as the one before


async def told(
    snapshot: Snapshot, principal: Principal, call_id: UUID, verdict: str, note: str
) -> Judged:
    """What the key may know of what was counted. Raises ApiError: 404 (no such call of this
    key), 409 (it has not ended well)."""
    call = await _found(principal, call_id)
    if call.outcome == Call.Outcome.RUNNING:
        text = f"The call {call_id} has not ended. Send the feedback when it has."
        raise ApiError(409, "call_not_ended", text, retry_after=2)
    if call.outcome != Call.Outcome.COMPLETE:
        text = f"The call {call_id} gave no complete answer ({call.outcome}): nothing to judge."
        raise ApiError(409, "call_not_complete", text, retry=False)
    policy = _policy(snapshot, call)
    return await _in_thread(lambda: _judged(principal, call, verdict, note, policy))


def _judged(
    principal: Principal, call: Call, verdict: str, note: str, policy: Memory | None
) -> Judged:
    judged = judge(
        call.pk,
        call.api_key_id or 0,
        verdict,
        note,
        playbooks=[UUID(entry["playbook"]) for entry in call.playbooks],
        documents=list({UUID(entry["document"]) for entry in call.documents}),
        policy=policy,
    )
    limit = rank(principal.clearance)
    playbooks = Playbook.objects.filter(pk__in=judged.playbooks).up_to(limit)
    documents = Document.objects.filter(pk__in=judged.documents).up_to(limit)
    known = {*playbooks.values_list("pk", flat=True), *documents.values_list("pk", flat=True)}
    seen = {
        name: tuple(pk for pk in getattr(judged, name) if pk in known)
        for name in ("playbooks", "documents", "retired")
    }
    return replace(judged, **seen)


async def _found(principal: Principal, call_id: UUID) -> Call:
    """Waits without a thread, which the ledger itself may need."""
    until, wait = time.monotonic() + WAIT_SECS, LOOK_SECS
    while True:
        call = await _in_thread(lambda: _of_key(principal, call_id))
        if call is not None and call.outcome != Call.Outcome.RUNNING:
            return call
        if time.monotonic() + wait > until or not _recent(call_id):
            break
        await asyncio.sleep(wait)
        wait *= 2
    if call is not None:
        return call
    text = (
        f"This key made no chat call {call_id}. The id is in the answer's x-request-id header, "
        "and feedback comes from the key that made the call."
    )
    raise ApiError(404, "call_not_found", text, retry=False)


def _of_key(principal: Principal, call_id: UUID) -> Call | None:
    calls = Call.objects.filter(pk=call_id, operation=Call.Operation.CHAT)
    if not principal.may_manage:
        calls = calls.filter(api_key_id=principal.id)
    return calls.first()


async def _in_thread(work: Callable[[], Got]) -> Got:
    """In one that gives its connection back."""

    def done() -> Got:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(done)


def _recent(call_id: UUID) -> bool:
    """Ids are of version 7, with their time in milliseconds at the front."""
    return abs(time.time() - (call_id.int >> 80) / 1000) < 3600


def _policy(snapshot: Snapshot, call: Call) -> Memory | None:
    """The memory profile that served the call, as it is now; else the live one."""
    name = call.revisions.get("memory", "").partition("@")[0]
    profiles = snapshot.profiles
    return profiles.memory.get(name) or profiles.live_memory
