"""What truth rules would make of a request, without making the call."""

from typing import Any

import msgspec

from lakehouse.gateway import rules_live
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.dialect.request import decode_chat
from lakehouse.gateway.live import Principal
from lakehouse.gateway.plan import Plan
from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.gateway.ruling import shown, subject_of, task_class_of
from lakehouse.truth.deciding import decide


class Explained(msgspec.Struct, frozen=True):
    """`body` is the request as rules would let it go on."""

    body: ChatBody
    told: dict[str, Any]


def would_fire(principal: Principal, planned: Plan, body: ChatBody, raw: bytes) -> Explained:
    """Which request rules would fire, which would end the call, and which look at the answer."""
    task_class = task_class_of(planned, body)
    rules = rules_live.current().of(task_class)
    told: dict[str, Any] = {
        "task_class": task_class,
        "fire": [],
        "ends": None,
        "message": None,
        "on_answer": [rule.id for rule in rules.answer],
    }
    if not rules.request:
        return Explained(body, told)
    subject = subject_of(principal, planned, body, raw)
    outcome = decide(rules.request, subject, FIELDS.words)
    told["fire"] = [shown(rule) for rule in outcome.fired]
    if outcome.ended is not None:
        told |= {"ends": outcome.ended.id, "message": outcome.message}
    if outcome.redacted:
        body = decode_chat(msgspec.json.encode(subject["request"]))
    return Explained(body, told)
