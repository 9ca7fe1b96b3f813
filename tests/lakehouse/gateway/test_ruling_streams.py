"""Answer rules on a stream come to what they come to on the whole answer; what is held back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.gateway.ruled_answer import plain, redact, take
from lakehouse.gateway.ruled_stream import RuledStream
from lakehouse.truth.deciding import Outcome, decide
from lakehouse.truth.rule import Rule
from providers.errors import ErrorKind, failure
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    ReasoningDelta,
    ReasoningState,
    TextDelta,
    ToolArgs,
    ToolEnd,
    ToolStart,
    UsageReport,
)
from providers.messages import State, Usage
from tests.lakehouse.truth.ruling import rules, table

SUBJECT: dict[str, Any] = {"request": {"user": "ana"}, "call": {"clearance": "internal"}}
MESSAGE, CONTENT = "answer.choices.*.message", "answer.choices.*.message.content"
FOUND = f'{{ FieldContainsAny = {{ field = "{MESSAGE}", values = ["ab", "bbc"] }} }}'
SHORT = f'{{ FieldContainsAny = {{ field = "{CONTENT}", values = ["ca"] }} }}'
TABLES = [
    table(FOUND, '"Redact"', "scrubs"),
    table(SHORT, f'{{ Redact = {{ fields = ["{MESSAGE}"], whole = true }} }}', "covers"),
    table(SHORT, '{ Redact = { with = "b" } }', "rewrites"),
    table(FOUND, '{ Reject = { message = "no" } }', "watches"),
    table(
        f'{{ FieldEmpty = {{ field = "{CONTENT}" }} }}', '{ Block = { message = "no" } }', "empty"
    ),
    table(
        '{ FieldGreater = { field = "answer.usage.completion_tokens", value = 3 } }', name="notes"
    ),
    table(
        '{ FieldEquals = { field = "request.user", value = "ana" } }',
        '{ Redact = { fields = ["answer.choices.*.message.reasoning_content"], with = "-" } }',
        "known",
    ),
]


def streamed(stream: RuledStream, events: list[list[Event]]) -> tuple[Answer, Outcome]:
    answer, total = Answer(), Outcome()
    for batch in events:
        for event in stream.passed(batch):
            answer.add(event)
        if stream.outcome.ended is not None:
            break
    total.fired, total.ended = stream.outcome.fired, stream.outcome.ended
    return answer, total


def texts(answer: Answer) -> set[str]:
    choice = answer.choice(0)
    arguments = "".join(choice.arguments.get(0, ()))
    return {"".join(choice.text), f"thought: {''.join(choice.reasoning)}", f"args: {arguments}"}


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


WORDS = st.text("abc ", max_size=12)


@given(
    st.lists(st.sampled_from(TABLES), min_size=1, max_size=3, unique=True),
    *(WORDS, WORDS, WORDS),
    *(st.integers(1, 4), st.integers(0, 6)),
)
def test_a_stream_comes_to_what_the_whole_does(
    tables: list[str], thought: str, text: str, arguments: str, size: int, tokens: int
) -> None:
    held_to = rules("".join(tables)).rules
    events: list[Event] = [ReasoningDelta(piece) for piece in pieces(thought, size)]
    events += [TextDelta(piece) for piece in pieces(text, size)]
    events += [ToolStart(0, "c", "f"), *(ToolArgs(0, piece) for piece in pieces(arguments, size))]
    events += [ToolEnd(0), Finish("stop"), UsageReport(Usage(output=tokens)), End()]
    whole = Answer()
    for event in events:
        whole.add(event)
    subject = SUBJECT | {"answer": plain(whole, "")}
    expected = decide(held_to, subject, FIELDS.words)
    got, outcome = streamed(RuledStream(held_to, SUBJECT), [[event] for event in events])
    assert (outcome.ended is None) == (expected.ended is None)
    if expected.ended is None:
        take(whole, subject["answer"])
        assert texts(got) == texts(whole)
        assert {r.id for r in outcome.fired} == {r.id for r in expected.fired}
        assert got.ended and got.finish_reason == "stop"
    else:
        assert not got.ended


def one(condition: str, action: str) -> tuple[Rule, ...]:
    return rules(table(condition, action)).rules


def test_what_is_decided_at_the_end_holds_no_more_than_its_action_needs() -> None:
    condition = f'{{ FieldEmpty = {{ field = "{CONTENT}" }} }}'
    stream = RuledStream(one(condition, '{ Reject = { message = "no" } }'), SUBJECT)
    assert stream.passed([TextDelta("a")]) == [TextDelta("a")]
    assert stream.passed([Finish("stop")]) == []
    assert stream.passed([End()]) == [Finish("stop"), End()]


def test_texts_that_may_yet_be_redacted_wait_and_go_on_as_they_came() -> None:
    condition = '{ FieldGreater = { field = "answer.usage.completion_tokens", value = 3 } }'
    action = f'{{ Redact = {{ fields = ["{CONTENT}"] }} }}'
    stream = RuledStream(one(condition, action), SUBJECT)
    said: list[Event] = [TextDelta("a", logprobs=[1]), TextDelta("b")]
    assert stream.passed(said) == []
    assert stream.passed([End()]) == [*said, End()]


def test_a_redacted_text_loses_the_tokens_that_spell_it_out() -> None:
    stream = RuledStream(one(FOUND, '"Redact"'), SUBJECT)
    assert stream.passed([TextDelta("ab!", logprobs=[1, 2])]) == [TextDelta("[redacted]!")]


def test_a_text_that_is_left_as_it_came_keeps_its_tokens() -> None:
    stream = RuledStream(one(FOUND, '"Redact"'), SUBJECT)
    assert stream.passed([TextDelta("hello ", logprobs=[1])]) == [TextDelta("hello ", logprobs=[1])]


def test_an_upstream_that_fails_releases_nothing_undecided() -> None:
    condition = '{ FieldGreater = { field = "answer.usage.completion_tokens", value = 3 } }'
    action = f'{{ Redact = {{ fields = ["{CONTENT}"] }} }}'
    stream = RuledStream(one(condition, action), SUBJECT)
    fail = Fail(failure(ErrorKind.SERVER, "down"))
    assert stream.passed([TextDelta("a"), fail]) == [fail]


def test_the_words_put_into_arguments_keep_them_json() -> None:
    action = '{ Redact = { with = "\\"x\\"" } }'
    stream = RuledStream(one(FOUND, action), SUBJECT)
    said = stream.passed([ToolArgs(0, '{"k": "ab'), ToolArgs(0, '"}'), ToolEnd(0)])
    assert "".join(e.fragment for e in said if isinstance(e, ToolArgs)) == '{"k": "\\"x\\""}'


def test_a_rule_that_breaks_ends_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = RuledStream(one(FOUND, '"Redact"'), SUBJECT)
    monkeypatch.setattr("lakehouse.truth.pattern.SECONDS", -1.0)
    assert stream.passed([TextDelta("c" * 50_000)]) == []
    assert stream.outcome.ended is not None
    assert "took longer" in stream.outcome.undecided


@pytest.mark.parametrize("action", ['"Redact"', '{ Reject = { message = "no" } }'])
def test_a_choice_that_ends_releases_nothing_of_another(action: str) -> None:
    stream = RuledStream(one(FOUND, action), SUBJECT)
    said: list[Event] = [TextDelta("xa", 0), TextDelta("ya", 1), Finish("stop", choice=0)]
    said += [TextDelta("bz", 1), Finish("stop", choice=1), End()]
    passed = [event for each in said for event in stream.passed([each])]
    texts = [e.text for e in passed if isinstance(e, TextDelta) and e.choice == 1]
    assert "ab" not in "".join(texts)


THINKS = f'{{ FieldContainsAny = {{ field = "{MESSAGE}", values = ["abc"] }} }}'
SPENT = '{ FieldGreater = { field = "answer.usage.completion_tokens", value = 3 } }'
HIDES = f'{{ Redact = {{ fields = ["{MESSAGE}.reasoning_content"] }} }}'
KNOWN = '{ FieldEquals = { field = "request.user", value = "ana" } }'


@pytest.mark.parametrize(
    ("condition", "action", "kept"),
    [
        (THINKS, '"Redact"', ["so"]),
        (SPENT, HIDES, []),
        (KNOWN, HIDES, []),
        (THINKS, f'{{ Redact = {{ fields = ["{CONTENT}"] }} }}', ["abc", "so"]),
    ],
)
def test_a_state_does_not_say_what_is_taken_out_of_the_thoughts(
    condition: str, action: str, kept: list[str]
) -> None:
    states = [ReasoningState(State("a", "thinking", {"thinking": t})) for t in ("abc", "so")]
    events: list[Event] = [ReasoningDelta("ab"), ReasoningDelta("c, so"), *states]
    events += [TextDelta("x"), UsageReport(Usage(output=9)), Finish("stop"), End()]
    held_to, whole = one(condition, action), Answer()
    for event in events:
        whole.add(event)
    subject = SUBJECT | {"answer": plain(whole, "")}
    redact(whole, decide(held_to, subject, FIELDS.words), subject["answer"])
    got, _ = streamed(RuledStream(held_to, SUBJECT), [[event] for event in events])
    for answer in (whole, got):
        assert [state.value["thinking"] for state in answer.choice(0).states] == kept


@pytest.mark.parametrize("action", ['"Redact"', f'{{ Redact = {{ fields = ["{MESSAGE}"] }} }}'])
def test_the_name_of_a_tool_does_not_go_on_as_redacted(action: str) -> None:
    condition = (
        f'{{ FieldContainsAny = {{ fields = ["{CONTENT}", "{MESSAGE}"], values = ["ab"] }} }}'
    )
    events: list[Event] = [ToolStart(0, "c", "crab"), ToolArgs(0, "{}"), ToolEnd(0)]
    events += [Finish("tool_calls"), End()]
    held_to, whole = one(condition, action), Answer()
    for event in events:
        whole.add(event)
    expected = decide(held_to, SUBJECT | {"answer": plain(whole, "")}, FIELDS.words)
    _, outcome = streamed(RuledStream(held_to, SUBJECT), [[event] for event in events])
    assert (expected.ended, outcome.ended) == (*held_to, *held_to)
    assert "tool_calls.0.function.name" in expected.stuck
