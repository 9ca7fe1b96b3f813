"""From what a rule file says of an action to the action."""

from lakehouse.truth.actions import REDACTED, Action, Block, Pass, Redact, Reject
from lakehouse.truth.condition_reading import several
from lakehouse.truth.conditions import Always, Condition, FieldContainsAny, paths
from lakehouse.truth.fields import Fields
from lakehouse.truth.given import Given
from lakehouse.truth.paths import Path

_OTHER_WORDS = {"field": "fields", "put": "with", "replacement": "with", "reason": "message"}


def action(given: Given, decided: Condition | None, fields: Fields) -> Action | None:
    """None where something of it is wrong, which `given` then knows."""
    match given.name:
        case "Pass":
            given.only(())
            return Pass()
        case "Redact":
            return _redact(given, decided, fields)
        case name:
            given.only(("message",), _OTHER_WORDS)
            given.must_have("message", "Say what whoever is stopped is to know.")
            message = given.text("message")
            if not message:
                return None
            return Reject(message) if name == "Reject" else Block(message)


def _redact(given: Given, decided: Condition | None, fields: Fields) -> Redact | None:
    given.only(("fields", "with", "whole"), _OTHER_WORDS)
    searched = isinstance(decided, FieldContainsAny)
    named = several(given, "fields", fields)
    if "fields" not in given:
        if decided is not None and not searched:
            given.must_have("fields", "Name what is replaced.")
        named = paths(decided) if isinstance(decided, FieldContainsAny) else ()
    put = given.text("with") if "with" in given else REDACTED
    whole = given.flag("whole") or not searched
    if isinstance(decided, FieldContainsAny) and put and not whole and decided.wanted.is_in(put):
        given.wrong("with", "it holds what it would replace. Put another text there.")
    if not named or not put or decided is None:
        return None
    checked = [_checked(given, field, decided, named, fields) for field in named]
    return Redact(named, put, whole) if all(checked) else None


def _checked(
    given: Given, field: Path, decided: Condition, named: tuple[Path, ...], fields: Fields
) -> bool:
    if not fields.replaceable(field):
        known = ", ".join(str(p) for p in fields.words if p.root in (field.root, "answer"))
        given.wrong("fields", f"{field} cannot be replaced. What can be: {known}.")
        return False
    if field.root == "request" and _of_answer(decided, named):
        given.wrong(
            "fields",
            f"{field} was sent when the rule is asked, since it is of the answer stage. Make it a "
            "rule that names no answer field, or replace a field of the answer.",
        )
        return False
    return True


def _of_answer(decided: Condition, named: tuple[Path, ...]) -> bool:
    if isinstance(decided, Always) and decided.stage == "answer":
        return True
    return any(path.root == "answer" for path in (*paths(decided), *named))
