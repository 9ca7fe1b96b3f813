"""Redaction of what joins a request after its own words were ruled on: recalled turns,
playbooks, passages. The rules are those that redact what they find in a request's messages.
"""

from collections.abc import Sequence

import msgspec

from lakehouse.gateway import rules_live
from lakehouse.gateway.call import CallInFlight
from lakehouse.gateway.ruling import note, refusal
from lakehouse.truth.actions import Redact, within_json
from lakehouse.truth.conditions import FieldContainsAny
from lakehouse.truth.deciding import Outcome, why
from lakehouse.truth.rule import Rule
from lakehouse.truth.scrubbing import scrubbed
from providers.messages import Part, Refusal, Request, Text, ToolCall, ToolResult, Turn


def redacted(call: CallInFlight, request: Request) -> Request:
    """The request without what rules take out of texts like these. Raises ApiError(500) where
    a rule cannot be decided."""
    for rule in rules_live.current().of(call.row.task_class).request:
        if isinstance(rule.condition, FieldContainsAny) and _redacts_messages(rule):
            try:
                changed = _without(request, rule.condition, rule)
            except Exception as error:
                outcome = Outcome(ended=rule, undecided=why(rule, error))
                raise refusal(outcome, call.headers) from error
            if changed != request:
                request = changed
                note(call, [rule])
    return request


def _redacts_messages(rule: Rule) -> bool:
    return (
        isinstance(rule.action, Redact)
        and not rule.action.whole
        and any(
            path.root == "request" and path.steps[:1] in ((), ("messages",))
            for path in rule.action.fields
        )
    )


def _without(request: Request, condition: FieldContainsAny, rule: Rule) -> Request:
    assert isinstance(rule.action, Redact)
    put = rule.action.put

    def text(said: str, *, inside_json: bool = False) -> str:
        return scrubbed(condition.wanted, said, within_json(put) if inside_json else put)

    def part(said: Part) -> Part:
        match said:
            case Text() | Refusal():
                return msgspec.structs.replace(said, text=text(said.text))
            case ToolCall():
                arguments = text(said.arguments, inside_json=True)
                return msgspec.structs.replace(said, arguments=arguments)
            case ToolResult():
                shown = tuple(
                    msgspec.structs.replace(p, text=text(p.text)) if isinstance(p, Text) else p
                    for p in said.parts
                )
                return msgspec.structs.replace(said, parts=shown)
            case _:
                return said

    def turns(those: Sequence[Turn]) -> tuple[Turn, ...]:
        return tuple(
            msgspec.structs.replace(t, parts=tuple(part(p) for p in t.parts)) for t in those
        )

    system = tuple(msgspec.structs.replace(s, text=text(s.text)) for s in request.system)
    return msgspec.structs.replace(request, system=system, turns=turns(request.turns))
