"""What an upstream wants back unchanged may say, in clear, what rules take out of its thoughts."""

from lakehouse.truth.actions import Redact
from lakehouse.truth.conditions import FieldContainsAny
from lakehouse.truth.paths import texts
from lakehouse.truth.problems import Undecided
from lakehouse.truth.rule import Rule
from providers.messages import State


def covers_thoughts(action: Redact, choice: int) -> bool:
    thoughts = ("choices", str(choice), "message", "reasoning_content")
    return any(path.covers("answer", thoughts) for path in action.fields)


def tells(rule: Rule, state: State, choice: int) -> bool:
    """Whether it is left out once the rule's condition holds; altered, it would be no use."""
    action, condition = rule.action, rule.condition
    if not isinstance(action, Redact) or not covers_thoughts(action, choice):
        return False
    if action.whole or not isinstance(condition, FieldContainsAny):
        return True
    try:
        return any(condition.wanted.is_in(text) for _, text in texts(state.value))
    except Undecided:
        return True
