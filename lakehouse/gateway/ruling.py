"""Truth rules on a chat call: before anything is asked of anybody, and on what was answered.

They are those of the call's task class (the request's, else its execution profile's) and those
of every class. Where there is none, a call costs one look into a dictionary.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway import rule_alerts, rules_live
from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.live import Principal
from lakehouse.gateway.plan import Plan
from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.gateway.ruled_answer import plain, redact
from lakehouse.gateway.ruled_stream import RuledStream
from lakehouse.truth.actions import Block
from lakehouse.truth.deciding import Outcome, decide, taken_out
from lakehouse.truth.paths import texts
from lakehouse.truth.rule import Applicable, Rule
from lakehouse.truth.shapes import Call
from lakehouse.validation.report import Report
from providers.events import Event

HEADER = "x-lakehouse-rules"


def before(
    call: CallInFlight, planned: Plan, body: ChatBody, raw: bytes
) -> tuple[ChatBody, bytes, "Ruling | None"]:
    """The body as it may go on, also as bytes, and what its answer is held to.

    Raises ApiError: 422, or 500 where a rule could not be decided.
    """
    call.row.task_class = task_class_of(planned, body)
    rules = rules_live.current().of(call.row.task_class)
    asked = rules.asked_of(raw)
    if not asked and not rules.answer:
        return body, raw, None
    subject = subject_of(call.principal, planned, body, raw)
    outcome = decide(asked, subject, FIELDS.words)
    if outcome.redacted:
        raw = msgspec.json.encode(subject["request"])
        body = msgspec.json.decode(raw, type=type(body))
    conclude(call, outcome)
    return body, raw, Ruling(call, rules, subject) if rules.answer else None


class Ruling:
    """What is held against a call's answer once its request was let through."""

    def __init__(self, call: CallInFlight, rules: Applicable, subject: dict[str, Any]) -> None:
        self._call = call
        self._rules = rules.answer
        self._subject = subject
        self._stream: RuledStream | None = None
        self.told: list[str] = []

    async def whole(self) -> None:
        """Redacts the call's answer where it stands. Raises as `before`."""
        answer = self._call.answer
        subject = self._answered() | {"answer": plain(answer, self._call.row.model)}
        outcome = decide(self._rules, subject, FIELDS.words)
        redact(answer, outcome, subject["answer"])
        if outcome.ended is not None:
            await self._call.end_attempt("complete")
        conclude(self._call, outcome)

    def quotable(self, report: Report) -> Report:
        """What an answer fails, without what would be taken out of the answer: an error may name
        its properties."""
        for rule in self._rules:
            report = msgspec.structs.replace(
                report,
                errors=tuple(
                    msgspec.structs.replace(
                        error,
                        path=taken_out(rule, error.path),
                        message=taken_out(rule, error.message),
                    )
                    for error in report.errors
                ),
            )
        return report

    def passed(self, events: list[Event]) -> list[Event]:
        """What of a stream may go out now. Raises as `before`."""
        if self._stream is None:
            self._stream = RuledStream(self._rules, self._answered())
        stream = self._stream
        events = stream.passed(events)
        if stream.outcome.fired or stream.outcome.ended is not None:
            outcome, stream.outcome = stream.outcome, Outcome()
            self.told += [rule.id for rule in outcome.fired]
            conclude(self._call, outcome)
        return events

    def _answered(self) -> dict[str, Any]:
        row = self._call.row
        return self._subject | {
            "call": self._subject["call"] | {"provider": row.provider, "model": row.model}
        }


# --- what a call is to rules ---


def task_class_of(planned: Plan, body: ChatBody) -> str:
    return body.task_class or (planned.profile.task_class if planned.profile else "")


def subject_of(principal: Principal, planned: Plan, body: ChatBody, raw: bytes) -> dict[str, Any]:
    """The request as it was sent, and what there is to know of the call before it is made."""
    request = msgspec.json.decode(raw)
    first = planned.tries[0]
    facts = Call(
        key=principal.label,
        owner=principal.owner,
        clearance=principal.clearance,
        sensitivity=body.sensitivity,
        task_class=task_class_of(planned, body) or None,
        profile=planned.profile.name if planned.profile else None,
        ladder=planned.ladder.name if planned.ladder else None,
        provider=first.endpoint.name,
        providers=[attempt.endpoint.name for attempt in planned.tries],
        model=first.model,
        stream=bool(body.stream),
        session=body.session_id,
        messages=len(body.messages),
        prompt_characters=characters(request["messages"]),
    )
    return {"request": request, "call": msgspec.structs.asdict(facts)}


def characters(messages: Any) -> int:
    """Of what was said, called and returned; not the names of roles and the like."""
    return sum(len(text) for where, text in texts(messages) if where[1] != "role")


# --- what rules make of a call ---


def conclude(call: CallInFlight, outcome: Outcome) -> None:
    """Records which rules fired, tells their ids, and raises ApiError where one ends the call."""
    fired = list(map(shown, outcome.fired))
    if outcome.ended is not None and (outcome.undecided or outcome.stuck):
        became = "undecided" if outcome.undecided else "reject"
        fired.append(shown(outcome.ended) | {"action": became})
    _noted(call, fired)
    if outcome.ended is None:
        return
    if isinstance(outcome.ended.action, Block) and not outcome.undecided:
        rule_alerts.blocked(outcome.ended, call.id)
    raise refusal(outcome, call.headers)


def note(call: CallInFlight, fired: Sequence[Rule]) -> None:
    """Records rules that fired on what joined a request, once a call."""
    known = {entry["rule"] for entry in call.row.rules}
    _noted(call, [shown(rule) for rule in fired if rule.id not in known])


def _noted(call: CallInFlight, fired: Sequence[dict[str, str]]) -> None:
    call.row.rules = [*call.row.rules, *fired]
    if call.row.rules:
        call.headers[HEADER] = ",".join(dict.fromkeys(entry["rule"] for entry in call.row.rules))


def refusal(outcome: Outcome, headers: dict[str, str] | None = None) -> ApiError:
    """What a client gets whose call a rule ended."""
    rule = outcome.ended
    assert rule is not None
    status, code = 422, "rule_blocked" if isinstance(rule.action, Block) else "rule_rejected"
    if outcome.undecided:
        status, code = 500, "rule_undecided"
    text = f"{outcome.message} (truth rule {rule.id})"
    return ApiError(status, code, text, rule=rule.id, retry=False, headers=headers)


def shown(rule: Rule) -> dict[str, str]:
    """As the ledger keeps it."""
    return {"rule": rule.id, "stage": rule.stage, "action": rule.action_name.lower()}
