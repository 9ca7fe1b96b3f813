"""How Gemini's answers end: well, blocked, spoiled, cut, or never having been one."""

from typing import Any

import msgspec
import pytest

from providers.errors import ErrorKind
from providers.events import End, Fail, Finish, FinishReason
from tests.conversation import ask, failure_of, feed, text_of
from tests.providers.adapters.gemini_events import finishes, stream, whole
from tests.providers.adapters.gemini_sent import ENDPOINT, GEMINI
from tests.upstreams import gemini as g

# --- how it ends ---

FILTERED = [
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "LANGUAGE",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "MODEL_ARMOR",
    "ESCALATION",
]
PLAIN = ["STOP", "OTHER", "NO_IMAGE", "IMAGE_OTHER", "CONTINUATION", "SOMETHING_NEW"]


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        *((native, "content_filter") for native in FILTERED),
        *((native, "stop") for native in PLAIN),
        ("MAX_TOKENS", "length"),
    ],
)
def test_each_finish_reason_has_its_finish(native: str, reason: FinishReason) -> None:
    assert finishes(whole(g.plain("a", native))) == [Finish(reason, native)]


@pytest.mark.parametrize(
    ("native", "reason"),
    [("STOP", "tool_calls"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter")],
)
def test_a_call_changes_only_a_plain_stop(native: str, reason: FinishReason) -> None:
    events = whole(g.answer(g.candidate(g.call("f", {}), finish=native)))
    assert finishes(events) == [Finish(reason, native)]


@pytest.mark.parametrize(
    "native",
    [
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MALFORMED_RESPONSE",
        "MISSING_THOUGHT_SIGNATURE",
    ],
)
def test_an_answer_that_the_model_spoiled_is_a_failure_worth_one_more_try(native: str) -> None:
    spoiled = g.candidate(finish=native, finishMessage="call:f(")
    failure = failure_of(whole(g.answer(spoiled)))
    assert (failure.kind, failure.code) == (ErrorKind.PROTOCOL, native)
    assert failure.retryable and failure.failover
    assert f"({native}: call:f()" in failure.message


def test_a_spoiled_answer_need_not_say_more() -> None:
    failure = failure_of(stream(g.answer(g.candidate(finish="MALFORMED_RESPONSE"))))
    assert "(MALFORMED_RESPONSE)" in failure.message


@pytest.mark.parametrize("content", [{}, {"content": {}}, {"content": {"role": "model"}}])
def test_the_limit_may_leave_no_parts_at_all(content: dict[str, Any]) -> None:
    events = whole(g.answer({**content, "finishReason": "MAX_TOKENS"}))
    assert text_of(events) == "" and finishes(events) == [Finish("length", "MAX_TOKENS")]


@pytest.mark.parametrize("ask_stream", [False, True])
def test_a_blocked_prompt_is_an_empty_choice(ask_stream: bool) -> None:
    blocked = g.answer(promptFeedback={"blockReason": "PROHIBITED_CONTENT"})
    events = stream(blocked) if ask_stream else whole(blocked)
    assert events[-2:] == [Finish("content_filter", "PROHIBITED_CONTENT"), End()]
    assert text_of(events) == ""


def test_a_block_in_mid_stream_ends_what_was_begun() -> None:
    begun = g.answer(g.candidate(g.text("Well")))
    events = stream(begun, g.answer(promptFeedback={"blockReason": "SAFETY"}))
    assert text_of(events) == "Well"
    assert finishes(events) == [Finish("content_filter", "SAFETY")]


def test_feedback_without_a_block_changes_nothing() -> None:
    document = {**g.plain("a"), "promptFeedback": {"safetyRatings": []}}
    assert finishes(whole(document)) == [Finish("stop", "STOP")]


@pytest.mark.parametrize(
    "document", [{}, {"candidates": []}, g.answer(), g.answer(promptFeedback={})]
)
def test_neither_candidates_nor_a_reason_is_a_failure(document: Any) -> None:
    failure = failure_of(whole(document))
    assert failure.kind is ErrorKind.PROTOCOL and "neither candidates" in failure.message


@pytest.mark.parametrize("reason", [None, "FINISH_REASON_UNSPECIFIED"])
def test_an_end_without_a_finish_reason_is_a_failure(reason: str | None) -> None:
    events = stream(g.answer(g.candidate(g.text("Hel"), finish=reason)))
    assert text_of(events) == "Hel"
    assert "before its finishReason" in failure_of(events).message


def test_every_candidate_must_have_finished() -> None:
    done, open_ = g.candidate(g.text("a"), finish="STOP"), g.candidate(g.text("b"), index=1)
    assert failure_of(whole(g.answer(done, open_))).kind is ErrorKind.PROTOCOL


# --- what is no answer ---


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>Sign in</html>",
        b'"text"',
        b"[]",
        b"\xff\xfe",
        b'{"candidates":',
        b'{"candidates":"none"}',
        b'{"usageMetadata":{"promptTokenCount":"many"}}',
        b'{"error":7}',
        b'{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":'
        + b"[" * 100_000
        + b"]" * 100_000
        + b"}}]}}]}",
    ],
)
def test_anything_else_is_a_failure_and_never_an_exception(data: bytes) -> None:
    assert failure_of(whole(data)).kind is ErrorKind.PROTOCOL


def test_an_error_without_any_status_is_the_servers() -> None:
    failure = failure_of(whole(b'{"error":"broken"}'))
    assert (failure.kind, failure.status) == (ErrorKind.SERVER, None)
    assert "broken" in failure.message


def test_a_stream_cut_anywhere_is_a_failure_or_complete() -> None:
    data = b"".join(g.chunks(g.answer(g.candidate(g.text("Hel"))), g.plain("lo")))
    complete = data.rindex(b"}") + 1
    for end in range(len(data) + 1):
        decoder = GEMINI.decoder(ENDPOINT, ask(model="gemini-3-flash", stream=True))
        events = feed(decoder, data[:end])
        assert isinstance(events[-1], End if end >= complete else Fail), end


def test_the_failure_shows_the_start_of_what_came() -> None:
    failure = failure_of(whole(b"<html>\n<h1>Sign in</h1>"))
    assert "<html> <h1>Sign in</h1>" in failure.message and "base_url" in failure.message


def test_surplus_fields_of_any_type_are_no_matter() -> None:
    document = {**g.plain("a"), "groundingMetadata": 7, "x": [None]}
    assert text_of(whole(msgspec.json.encode(document))) == "a"
