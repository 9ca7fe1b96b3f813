"""What the OpenRouter adapter reads: reasoning details, usage anywhere, errors anywhere."""

from typing import Any

import pytest

from providers.errors import ErrorKind
from providers.events import (
    End,
    Event,
    Finish,
    ReasoningState,
    Start,
    TextDelta,
    ToolStart,
    UsageReport,
)
from providers.messages import State, Thinking, Usage
from tests.conversation import failure_of, reasoning_of, text_of
from tests.providers.adapters.openai_family import Family
from tests.upstreams.base import sse
from tests.upstreams.openai import call
from tests.upstreams.openrouter import (
    MODEL,
    PROCESSING,
    USAGE,
    chunk,
    document,
    error,
    head,
    text_chunks,
    thought,
)

ROUTER = Family("openrouter", "https://openrouter.ai/api/v1", MODEL)
REPORT = UsageReport(Usage(input=20, cached_read=8, output=9, reasoning=4, native=USAGE))


def states(events: list[Event]) -> list[Any]:
    """The details kept of an answer."""
    kept = [e.state for e in events if isinstance(e, ReasoningState)]
    assert all(s.origin == "openrouter:anthropic" for s in kept)
    return [s.value for s in kept if s.kind == "reasoning_details"]


def test_a_stream_with_a_repeated_finish_ends_once() -> None:
    assert ROUTER.streamed(*text_chunks("Hello", " there")) == [
        Start("gen-1", MODEL),
        TextDelta("Hello"),
        TextDelta(" there"),
        REPORT,
        Finish("stop", "end_turn"),
        End(),
    ]


def test_a_whole_answer_has_the_same_events() -> None:
    events = ROUTER.whole(document())
    assert text_of(events) == "Hello there"
    assert events[-2:] == [Finish("stop", "end_turn"), End()]


def test_comments_between_events_are_skipped() -> None:
    data = PROCESSING + PROCESSING.join(sse(*text_chunks("Hello")))
    assert text_of(ROUTER.bytes_streamed(data)) == "Hello"


@pytest.mark.parametrize(
    "last",
    [
        chunk(usage=USAGE),
        chunk("stop", usage=USAGE),
        head(choices=[], usage=USAGE),
    ],
)
def test_usage_is_read_wherever_it_sits(last: Any) -> None:
    assert REPORT in ROUTER.streamed(chunk(content="a"), chunk("stop"), last)


def test_chunks_after_the_finish_are_read() -> None:
    events = ROUTER.streamed(chunk("stop", content="a"), chunk(content="b"))
    assert text_of(events) == "ab"


def test_reasoning_text_is_read_once_beside_its_details() -> None:
    piece = chunk(reasoning="hm", reasoning_details=[thought(text="hm")])
    assert reasoning_of(ROUTER.streamed(piece, chunk("stop"))) == "hm"


@pytest.mark.parametrize("field", ["text", "summary"])
def test_reasoning_text_is_read_from_details_alone(field: str) -> None:
    said: dict[str, Any] = {field: "hm"}
    events = ROUTER.streamed(chunk(reasoning_details=[thought(**said)]), chunk("stop"))
    assert reasoning_of(events) == "hm"


def test_streamed_details_are_merged_by_index() -> None:
    events = ROUTER.streamed(
        chunk(reasoning_details=[thought(0, text="a", signature=None)]),
        chunk(reasoning_details=[thought(0, text="b")]),
        chunk(reasoning_details=[thought(0, signature="s", text=None)]),
        chunk(reasoning_details=[thought(1, type="reasoning.encrypted", data="x")]),
        chunk(reasoning_details=[thought(1, type="reasoning.encrypted", data="y")]),
        chunk("stop", content="done"),
    )
    first, second = states(events)[0]
    assert (first["text"], first["signature"]) == ("ab", "s")
    assert second["data"] == "y"


def test_details_of_one_index_and_two_types_stay_apart() -> None:
    pieces = [thought(0, text="a"), thought(0, type="reasoning.encrypted", data="x")]
    events = ROUTER.streamed(chunk(reasoning_details=pieces), chunk("stop", content="a"))
    assert states(events) == [pieces]


def test_details_without_an_index_stay_apart() -> None:
    pieces = [{"type": "reasoning.text", "text": t} for t in "ab"]
    events = ROUTER.streamed(chunk(reasoning_details=pieces), chunk("stop", content="a"))
    assert states(events) == [pieces]


def test_whole_details_are_kept_untouched() -> None:
    details = [thought(0, text="a", signature="s", id=None, odd={"x": 1})]
    assert states(ROUTER.whole(document(reasoning_details=details))) == [details]


@pytest.mark.parametrize("junk", ["text", 7, ["text"], [None]])
def test_details_that_are_none_are_skipped(junk: Any) -> None:
    events = ROUTER.streamed(chunk(reasoning_details=junk), chunk("stop", content="a"))
    assert states(events) == []


def test_details_are_kept_when_the_text_is_not_wanted() -> None:
    piece = chunk(reasoning="hm", reasoning_details=[thought(text="hm")])
    events = ROUTER.streamed(piece, chunk("stop"), thinking=Thinking(want_text=False))
    assert reasoning_of(events) == ""
    assert len(states(events)) == 1


def test_plain_reasoning_beside_a_call_is_kept() -> None:
    events = ROUTER.streamed(
        chunk(reasoning="hm"), chunk(tool_calls=[call(0, "call_1", "look")]), chunk("stop")
    )
    assert ReasoningState(State("openrouter:anthropic", "reasoning", "hm")) in events
    assert ToolStart(0, "call_1", "look") in events


# --- errors inside ---


def test_an_error_chunk_with_a_finish_of_error_fails() -> None:
    last = chunk("error") | error(502, "Upstream died", "provider_unavailable")
    failure = failure_of(ROUTER.streamed(chunk(content="a"), last))
    assert (failure.kind, failure.status) == (ErrorKind.SERVER, 502)


def test_an_error_in_the_choice_of_a_whole_answer_fails_before_any_content() -> None:
    answer = document("partial")
    answer["choices"][0]["error"] = {"code": 503, "message": "gone"}
    events = ROUTER.whole(answer)
    assert failure_of(events).kind is ErrorKind.OVERLOADED
    assert text_of(events) == ""


def test_done_does_not_turn_an_error_into_success() -> None:
    late = chunk(usage=USAGE) | error(400, "Provider returned error")
    events = ROUTER.streamed(chunk("stop", content="a"), late)
    assert failure_of(events).kind is ErrorKind.BAD_REQUEST
    assert REPORT in events


@pytest.mark.parametrize(
    "late",
    [
        error(400, "max_tokens was reached"),
        error(400, "Provider returned error", raw="maximum output tokens exceeded"),
        error(400, "over", "max_tokens_exceeded"),
        error(400, "over", "token_limit_exceeded"),
    ],
)
def test_after_a_finish_of_length_a_token_limit_is_no_news(late: Any) -> None:
    piece = chunk("length", content="a")
    events = ROUTER.streamed(piece, piece, chunk(usage=USAGE) | late)
    assert events[-2:] == [Finish("length", "length"), End()]
    assert REPORT in events


def test_after_a_finish_of_length_another_error_still_fails() -> None:
    events = ROUTER.streamed(chunk("length", content="a"), error(502, "died"))
    assert failure_of(events).kind is ErrorKind.SERVER


# --- cold starts ---


@pytest.mark.parametrize(
    "chunks",
    [[], [chunk()], [chunk("stop")], [chunk("stop"), chunk(usage={"completion_tokens": 0})]],
)
def test_an_answer_of_nothing_may_be_asked_again(chunks: list[Any]) -> None:
    failure = failure_of(ROUTER.streamed(*chunks))
    assert failure.retryable
    assert "may be starting" in failure.message


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk("length")],
        [chunk("content_filter")],
        [chunk("stop"), chunk(usage=USAGE)],
        [chunk("tool_calls", tool_calls=[call(0, "call_1", "look")])],
    ],
)
def test_an_answer_without_text_can_be_one_all_the_same(chunks: list[Any]) -> None:
    assert ROUTER.streamed(*chunks)[-1] == End()
