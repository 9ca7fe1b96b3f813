"""A call that helped becomes a draft playbook, where its words were kept."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from lakehouse.gateway.models import ApiKey, Call
from profiles.memory.playbook import Playbook
from profiles.memory.promoting import draft
from profiles.models import SessionTurn
from providers.endpoint import LABELS, rank
from providers.messages import Text, Turn


class Refused(Exception):
    """No playbook can be made of the call; says why and what to do."""


def promote(call: Call, limit: int, *, who: str, via: str) -> Playbook:
    """The draft, the same one when it is asked for again; `limit` is the promoter's clearance.

    Its label is the highest of what the call's key may handle. Raises Refused.
    """
    if call.outcome != Call.Outcome.COMPLETE:
        text = f"The call gave no complete answer ({call.outcome}), so nothing worked in it."
        raise Refused(text)
    question, answer, kept = _words(call)
    if not question or not answer:
        raise Refused(
            "The words of this call were not kept. Ask in a session (session_id), or set "
            "LAKEHOUSE_STORE_CONTENT; or write the playbook by hand."
        )
    highest = max(rank(_clearance(call)), kept)
    if highest > limit:
        raise Refused(
            f"The call's key may handle {LABELS[highest]} content, which is above your clearance. "
            "Ask somebody who is cleared for it."
        )
    made = draft(
        question=question,
        answer=answer,
        documents=[UUID(entry["document"]) for entry in call.documents],
        label=LABELS[highest],
        call_id=call.pk,
        who=who,
        via=via,
    )

    if not Playbook.objects.up_to(limit).filter(pk=made.pk).exists():
        raise Refused("The call was made a playbook already, and that one is above your clearance.")
    return made


def _clearance(call: Call) -> str:
    """What its key may handle at most: nothing says that its words were less than that."""
    key = ApiKey.objects.filter(pk=call.api_key_id).first()
    return key.clearance if key is not None else ""


def _words(call: Call) -> tuple[str, str, int]:
    """The question, the answer, and the rank of their label as far as it is known."""
    turn = SessionTurn.objects.filter(call_id=call.pk).first()
    if turn is not None:
        turns = msgspec.convert(turn.messages, list[Turn])
        return _last(turns, "user"), _last(turns, "assistant"), turn.label_rank
    known = rank(call.label) if call.label else 0
    return _asked(call.request_body), call.answer_text or "", known


def _last(turns: Iterable[Turn], role: str) -> str:
    said = ""
    for turn in turns:
        if turn.role == role:
            said = " ".join(part.text for part in turn.parts if isinstance(part, Text))
    return said.strip()


def _asked(body: Any) -> str:
    """The last user message of a chat's body as it came."""
    for message in reversed((body or {}).get("messages", [])):
        if message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, str):
                return content.strip()
            texts = [part.get("text", "") for part in content or () if isinstance(part, dict)]
            return " ".join(texts).strip()
    return ""
