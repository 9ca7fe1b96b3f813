"""What somebody says of a call, brought to the playbooks and documents that served it."""

import time
from uuid import UUID

from lakehouse.errors import ApiError
from lakehouse.gateway.live import Principal, Snapshot
from lakehouse.gateway.models import Call
from profiles.memory.judging import Judged, judge
from profiles.memory.policy import Memory

# A call is in the ledger a moment after its answer ends, and its feedback may be quick.
WAIT_SECS = 2.0
LOOK_SECS = 0.05


def told(
    snapshot: Snapshot, principal: Principal, call_id: UUID, verdict: str, note: str
) -> Judged:
    """Raises ApiError: 404 (no such call of this key), 409 (it has not ended well)."""
    call = _found(principal, call_id)
    if call.outcome != Call.Outcome.COMPLETE:
        text = f"The call {call_id} gave no complete answer ({call.outcome}): nothing to judge."
        raise ApiError(409, "call_not_complete", text, retry=False)
    return judge(
        call.pk,
        call.api_key_id or 0,
        verdict,
        note,
        playbooks=[UUID(entry["playbook"]) for entry in call.playbooks],
        documents=list({UUID(entry["document"]) for entry in call.documents}),
        policy=_policy(snapshot, call),
    )


def _found(principal: Principal, call_id: UUID) -> Call:
    until = time.monotonic() + WAIT_SECS
    calls = Call.objects.filter(pk=call_id, operation=Call.Operation.CHAT)
    if not principal.may_manage:
        calls = calls.filter(api_key_id=principal.id)
    while True:
        call = calls.first()
        if call is not None and call.outcome != Call.Outcome.RUNNING:
            return call
        if time.monotonic() > until or not _recent(call_id):
            break
        time.sleep(LOOK_SECS)
    if call is not None:
        return call
    text = (
        f"This key made no chat call {call_id}. The id is in the answer's x-request-id header, "
        "and feedback comes from the key that made the call."
    )
    raise ApiError(404, "call_not_found", text, retry=False)


def _recent(call_id: UUID) -> bool:
    """Ids are of version 7, with their time in milliseconds at the front."""
    return abs(time.time() - (call_id.int >> 80) / 1000) < 3600


def _policy(snapshot: Snapshot, call: Call) -> Memory | None:
    """The memory profile that served the call, as it is now; else the live one."""
    name = call.revisions.get("memory", "").partition("@")[0]
    profiles = snapshot.profiles
    return profiles.memory.get(name) or profiles.live_memory
