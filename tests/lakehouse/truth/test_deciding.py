"""Rules one after the other: what each sees, what ends a call, and what happens when one breaks."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.truth.deciding import decide
from lakehouse.truth.loading import load
from tests.lakehouse.truth.ruling import SHIPPED, rules, said, table

MESSAGES = "request.messages.*.content"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def contains(*words: str) -> str:
    return f'{{ FieldContainsAny = {{ field = "{MESSAGES}", values = {list(words)} }} }}'


def test_each_rule_sees_what_the_ones_before_it_left() -> None:
    made = rules(
        table(contains("a"), '{ Redact = { with = "b" } }', "first")
        + table(contains("b"), '{ Redact = { with = "c" } }', "second")
        + table(contains("a"), '{ Reject = { message = "no" } }', "third")
    )
    subject = {"request": said("a")}
    outcome = decide(made.of("").request, subject, FIELDS.words)
    assert [rule.id for rule in outcome.fired] == ["first", "second"]
    assert (subject["request"], outcome.ended) == (said("c"), None)


def test_nothing_is_asked_after_what_ends_the_call() -> None:
    made = rules(
        table('"Always"', '{ Block = { message = "Stop." } }', "ends") + table('"Always"', name="b")
    )
    outcome = decide(made.of("").request, {"request": said("a")}, FIELDS.words)
    assert [rule.id for rule in outcome.fired] == ["ends"]
    assert outcome.ended is not None and outcome.message == "Stop."


def test_a_rule_that_breaks_ends_the_call_as_if_it_had_rejected_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (rule,) = rules(table(contains("secret"), '"Redact"')).rules
    monkeypatch.setattr(rule.condition.wanted, "is_in", None)  # type: ignore[union-attr]
    outcome = decide([rule], {"request": said("my secret")}, FIELDS.words)
    assert (outcome.ended, outcome.fired) == (rule, [])
    assert (
        outcome.message
        == "The rule could not be decided here: it failed, as the server's log tells."
    )
    assert "the truth rule a failed" in caplog.text
    assert "my secret" not in caplog.text


def test_only_texts_are_replaced_and_only_where_they_may_be() -> None:
    made = rules(table(contains("user"), '{ Redact = { fields = ["request.messages"] } }'))
    subject = {"request": said([{"type": "text", "text": "a user"}])}
    decide(made.of("").request, subject, FIELDS.words)
    assert subject["request"]["messages"][0]["role"] == "user"
    assert subject["request"]["messages"][0]["content"][0]["text"] == "a [redacted]"


def test_many_short_texts_take_no_longer_than_one_long_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lakehouse.truth.pattern.SECONDS", 0.0)
    made = rules(table(contains("secret"), '"Redact"')).of("").request
    messages = [{"role": "user", "content": "x secret"}, {"role": "user", "content": "y" * 9}]
    outcome = decide(made, {"request": {"messages": messages[1:] * 20}}, FIELDS.words)
    assert "took longer" in outcome.undecided
    outcome = decide(made, {"request": {"messages": messages}}, FIELDS.words)
    assert "took longer" in outcome.undecided


NAMED: dict[str, Any] = {"role": "user", "name": "secret-1", "content": "a secret"}
CALLED: dict[str, Any] = {
    "role": "assistant",
    "tool_calls": [{"id": "c", "function": {"name": "secret", "arguments": "{}"}}],
}
STATED: dict[str, Any] = {"role": "assistant", "lakehouse_state": [{"value": "a secret"}]}


@pytest.mark.parametrize(
    ("message", "where"),
    [(NAMED, "name"), (CALLED, "tool_calls.0.function.name"), (STATED, None)],
)
def test_what_stands_where_nothing_is_replaced_does_not_go_on_as_redacted(
    message: dict[str, Any], where: str | None
) -> None:
    condition = '{ FieldContainsAny = { field = "request.messages", values = ["secret", "user"] } }'
    made = rules(table(condition, '"Redact"'))
    subject = {"request": {"messages": [{"role": "user", "content": "x"}, dict(message)]}}
    outcome = decide(made.of("").request, subject, FIELDS.words)
    assert (outcome.ended is not None, outcome.undecided) == (where is not None, "")
    if where is not None:
        assert f"request.messages.1.{where}" in outcome.message


@given(JSON, JSON)
@settings(max_examples=40)
def test_odd_content_never_raises(request: Any, call: Any) -> None:
    outcome = decide(SHIPS, {"request": request, "call": call}, FIELDS.words)
    assert outcome.undecided == ""


SHIPS = load(SHIPPED, FIELDS, "truth").rules
