from typing import Any

import pytest

from providers.errors import ErrorKind, failure
from providers.messages import (
    Effort,
    Named,
    Reasoning,
    Request,
    Sampling,
    State,
    Thinking,
)
from tests.providers.adapters.claude_requests import (
    ADAPTER,
    CALL,
    LOOK,
    assistant,
    body,
    endpoint,
    messages,
    newer,
    notes,
    request,
    result,
    sent,
    thought,
    user,
)
from tests.upstreams.claude import MODEL

HIGH = Thinking(effort="high")
SIGNATURE = "claude answered 400: messages.1.content.0: Invalid `signature` in `thinking` block."


def loop(*parts: Any) -> tuple[Any, ...]:
    return user("go"), assistant(*parts, CALL), result()


def kinds(asked: Request) -> list[str]:
    return [block["type"] for block in messages(asked)[1]["content"]]


# --- models that take an effort ---


@pytest.mark.parametrize(
    ("effort", "level"),
    [
        ("minimal", "low"),
        ("low", "low"),
        ("medium", "medium"),
        ("high", "high"),
        ("xhigh", "xhigh"),
        ("max", "max"),
    ],
)
def test_an_adaptive_model_takes_the_effort(effort: Effort, level: str) -> None:
    made = body(newer(thinking=Thinking(effort=effort)))
    assert made["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert made["output_config"] == {"effort": level}
    assert made["max_tokens"] == 8192


def test_an_adaptive_model_without_xhigh_gets_max_and_says_so() -> None:
    asked = request(model="claude-opus-4-6", thinking=Thinking(effort="xhigh"))
    assert body(asked)["output_config"] == {"effort": "max"}
    assert "xhigh was sent as max" in notes(asked)


def test_a_model_that_shows_its_thinking_is_not_asked_to() -> None:
    asked = request(model="claude-sonnet-4-6", thinking=HIGH)
    assert body(asked)["thinking"] == {"type": "adaptive"}


def test_thinking_text_that_is_not_wanted_is_not_asked_for() -> None:
    asked = newer(thinking=Thinking(effort="high", want_text=False))
    assert body(asked)["thinking"] == {"type": "adaptive"}


def test_no_effort_asked_leaves_the_vendors_default() -> None:
    assert "thinking" not in body(request(model="claude-opus-5"))


def test_thinking_text_wanted_from_a_model_that_thinks_unasked_is_asked_for() -> None:
    asked = request(model="claude-opus-5", thinking=Thinking(want_text=True))
    assert body(asked)["thinking"] == {"type": "adaptive", "display": "summarized"}


def test_thinking_text_wanted_starts_no_thinking() -> None:
    assert "thinking" not in body(newer(thinking=Thinking(want_text=True)))


def test_no_effort_switches_thinking_off() -> None:
    made = body(request(model="claude-sonnet-5", thinking=Thinking(effort="none")))
    assert made["thinking"] == {"type": "disabled"}
    assert "output_config" not in made


def test_a_model_that_always_thinks_gets_the_least_effort_and_says_so() -> None:
    asked = request(model="claude-fable-5", thinking=Thinking(effort="none"))
    assert body(asked)["output_config"] == {"effort": "low"}
    assert "thinking" not in body(asked)
    assert "always thinks" in notes(asked)


@pytest.mark.parametrize(
    ("budget", "level"), [(1024, "low"), (9000, "medium"), (16000, "high"), (50000, "max")]
)
def test_a_budget_becomes_an_effort_and_says_so(budget: int, level: str) -> None:
    asked = newer(thinking=Thinking(budget_tokens=budget))
    assert body(asked)["output_config"] == {"effort": level}
    assert str(budget) in notes(asked)


def test_a_forced_tool_goes_with_adaptive_thinking() -> None:
    asked = newer(tools=(LOOK,), tool_choice="required", thinking=HIGH)
    assert body(asked)["thinking"]["type"] == "adaptive"
    assert sent(asked).dropped == ()


# --- models that take a budget ---


@pytest.mark.parametrize(
    ("effort", "budget"),
    [
        ("minimal", 1024),
        ("low", 2048),
        ("medium", 10000),
        ("high", 16384),
        ("xhigh", 32768),
        ("max", 32768),
    ],
)
def test_an_older_model_takes_a_budget_below_max_tokens(effort: Effort, budget: int) -> None:
    made = body(request(thinking=Thinking(effort=effort)))
    assert made["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert made["max_tokens"] > budget


def test_a_limit_below_the_budget_is_raised_by_it_and_says_so() -> None:
    asked = request(limit=100, thinking=HIGH)
    assert body(asked)["max_tokens"] == 16484
    assert "max_tokens 100 was sent as 16484" in notes(asked)


def test_a_limit_above_the_budget_stays() -> None:
    asked = request(limit=20000, thinking=HIGH)
    assert body(asked)["max_tokens"] == 20000
    assert notes(asked) == ""


def test_a_budget_of_the_clients_own_is_taken() -> None:
    asked = request(thinking=Thinking(effort="low", budget_tokens=5000))
    assert body(asked)["thinking"]["budget_tokens"] == 5000


def test_a_budget_below_the_least_is_raised_and_says_so() -> None:
    asked = request(thinking=Thinking(budget_tokens=10))
    assert body(asked)["thinking"]["budget_tokens"] == 1024
    assert "budget of 10 was sent as 1024" in notes(asked)


def test_a_budget_above_what_the_model_can_write_is_lowered_and_says_so() -> None:
    asked = request(model="claude-opus-4-1-20250805", thinking=Thinking(effort="max"))
    made = body(asked)
    assert made["max_tokens"] == 32000
    assert made["thinking"]["budget_tokens"] == 32000 - 8192
    assert "to fit the model" in notes(asked)


def test_a_limit_at_the_models_most_is_shared_with_the_thinking() -> None:
    asked = request(model="claude-opus-4-1", limit=32000, thinking=Thinking(effort="max"))
    assert body(asked)["thinking"]["budget_tokens"] == 16000


def test_a_smaller_budget_fits_without_a_word() -> None:
    asked = request(model="claude-opus-4-1", limit=31000, thinking=HIGH)
    assert body(asked)["thinking"]["budget_tokens"] == 16384
    assert notes(asked) == ""


def test_no_effort_is_no_thinking() -> None:
    assert "thinking" not in body(request(thinking=Thinking(effort="none")))


def test_a_forced_tool_wins_over_manual_thinking() -> None:
    asked = request(tools=(LOOK,), tool_choice=Named("look"), thinking=HIGH)
    assert "thinking" not in body(asked)
    assert sent(asked).dropped == ("reasoning_effort",)


def test_manual_thinking_forbids_a_temperature() -> None:
    asked = request(thinking=HIGH, sampling=Sampling(temperature=0.2, top_k=5, top_p=0.5))
    assert not {"temperature", "top_k", "top_p"} & set(body(asked))
    assert sent(asked).dropped == ("temperature", "top_p", "top_k")


def test_manual_thinking_takes_a_high_top_p() -> None:
    assert body(request(thinking=HIGH, sampling=Sampling(top_p=0.97)))["top_p"] == 0.97


def test_a_model_that_cannot_think_drops_the_effort() -> None:
    asked = request(model="claude-3-5-haiku-20241022", thinking=HIGH)
    assert sent(asked).dropped == ("reasoning_effort",)


def test_a_providers_floor_holds_while_the_model_thinks() -> None:
    asked = newer(limit=10, thinking=HIGH)
    made = ADAPTER.chat(endpoint(min_output_tokens=1500), asked)
    assert b'"max_tokens":1500' in made.body
    assert "floor" in dict(made.notes)["x-lakehouse-note"]


def test_a_providers_floor_does_not_touch_a_plain_answer() -> None:
    assert b'"max_tokens":10,' in ADAPTER.chat(endpoint(min_output_tokens=9), newer(limit=10)).body
    assert b'"max_tokens":1,' in ADAPTER.chat(endpoint(min_output_tokens=9), newer(limit=1)).body


# --- thinking that goes back ---


def test_thinking_goes_back_unchanged_before_the_call() -> None:
    asked = request(*loop("Let me see.", thought()), tools=(LOOK,), thinking=HIGH)
    assert messages(asked)[1]["content"][0] == {
        "type": "thinking",
        "thinking": "hm",
        "signature": "sig",
    }
    assert kinds(asked) == ["thinking", "text", "tool_use"]


def test_redacted_thinking_goes_back_too() -> None:
    block = {"type": "redacted_thinking", "data": "xyz"}
    state = State("claude:opus-4-8", "redacted_thinking", block)
    asked = newer(*loop(Reasoning("", state)), tools=(LOOK,), thinking=HIGH)
    assert messages(asked)[1]["content"][0] == block


def test_a_snapshot_takes_back_what_its_alias_thought() -> None:
    asked = request(*loop(thought("claude-sonnet-4-5")), tools=(LOOK,), thinking=HIGH)
    assert kinds(asked) == ["thinking", "tool_use"]


@pytest.mark.parametrize(
    "foreign",
    [
        Reasoning("only text"),
        Reasoning("hm", State("gemini:2.5", "thinking", {"type": "thinking"})),
        Reasoning("hm", State(f"claude:{MODEL.removeprefix('claude-')}", "x", "not a block")),
        Reasoning("hm", State("claude:opus-4-8", "x", {"type": "text", "text": "slipped in"})),
    ],
)
def test_foreign_thinking_is_dropped_where_the_model_is_adaptive(foreign: Reasoning) -> None:
    asked = newer(*loop(foreign), tools=(LOOK,), thinking=HIGH)
    assert kinds(asked) == ["tool_use"]
    assert body(asked)["thinking"]["type"] == "adaptive"


def test_an_older_model_stops_thinking_when_its_thinking_is_lost_in_a_tool_loop() -> None:
    asked = request(*loop(), tools=(LOOK,), thinking=HIGH)
    assert "thinking" not in body(asked)
    assert "thinking is off" in notes(asked)


def test_only_the_first_answer_of_a_tool_loop_need_hold_the_thinking() -> None:
    turns = (*loop(thought()), assistant(CALL), result())
    asked = request(*turns, tools=(LOOK,), thinking=HIGH)
    assert body(asked)["thinking"]["type"] == "enabled"


def test_thinking_lost_in_a_finished_loop_changes_nothing() -> None:
    asked = request(*loop(), assistant("blue"), user("sure?"), tools=(LOOK,), thinking=HIGH)
    assert body(asked)["thinking"]["type"] == "enabled"
    assert notes(asked) == ""


def test_an_older_model_does_not_think_while_it_continues_an_answer() -> None:
    asked = request(user("a"), assistant("The sky is"), thinking=HIGH)
    assert "thinking" not in body(asked)


def test_earlier_thinking_is_left_out_while_thinking_is_off() -> None:
    assert kinds(request(*loop(thought()), tools=(LOOK,))) == ["tool_use"]


def test_a_model_that_thinks_unasked_gets_its_thinking_back_unasked() -> None:
    turns = loop(thought("claude-sonnet-5"))
    assert kinds(request(*turns, model="claude-sonnet-5", tools=(LOOK,)))[0] == "thinking"


# --- a refused signature ---


@pytest.mark.parametrize(
    "message",
    [
        SIGNATURE,
        "m: `thinking` or `redacted_thinking` blocks in the latest assistant message "
        "cannot be modified.",
        "m: Expected `thinking` or `redacted_thinking`, but found `tool_use`.",
        "m: Invalid `data` in `redacted_thinking` block",
    ],
)
def test_a_refused_thinking_block_leads_to_one_try_without_thinking(message: str) -> None:
    asked = request(*loop(thought()), tools=(LOOK,), thinking=HIGH)
    amended = ADAPTER.amend(asked, failure(ErrorKind.BAD_REQUEST, message, status=400))
    assert amended is not None
    assert "thinking" not in body(amended)
    assert kinds(amended) == ["tool_use"]


def test_an_amended_request_to_an_adaptive_model_disables_thinking() -> None:
    asked = newer(*loop(thought(MODEL)), tools=(LOOK,), thinking=HIGH)
    amended = ADAPTER.amend(asked, failure(ErrorKind.BAD_REQUEST, SIGNATURE, status=400))
    assert amended is not None
    assert body(amended)["thinking"] == {"type": "disabled"}


def test_there_is_nothing_to_amend_twice() -> None:
    refused = failure(ErrorKind.BAD_REQUEST, SIGNATURE, status=400)
    amended = ADAPTER.amend(request(thinking=HIGH), refused)
    assert amended is not None
    assert ADAPTER.amend(amended, refused) is None


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        (ErrorKind.BAD_REQUEST, 400, "claude answered 400: max_tokens: Field required."),
        (ErrorKind.AUTH, 401, SIGNATURE),
        (ErrorKind.CONTEXT_LENGTH, 400, SIGNATURE),
    ],
)
def test_other_failures_are_not_amended(kind: ErrorKind, status: int, message: str) -> None:
    asked = request(*loop(thought()), tools=(LOOK,), thinking=HIGH)
    assert ADAPTER.amend(asked, failure(kind, message, status=status)) is None
