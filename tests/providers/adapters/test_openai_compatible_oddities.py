"""What else compatible servers send: inline thinking, lists of parts, errors in good answers."""

import json
from typing import Any

import pytest

from providers.adapters.openai_compatible.inline_thinking import InlineThinking
from providers.errors import ErrorKind
from providers.events import End, Event, Fail, RefusalDelta, Start, TextDelta
from providers.sse import MAX_LINE
from tests.conversation import failure_of, reasoning_of, text_of
from tests.providers.adapters.openai_family import Family
from tests.upstreams.base import sse
from tests.upstreams.openai import chunk, document, error, head, text_chunks

SERVER = Family("openai_compatible", "http://localhost:8000/v1", "m")


def told_apart(text: str, size: int) -> tuple[str, str]:
    """(reasoning, text) of a stream that sends the text in pieces of that size."""
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    events = SERVER.streamed(*text_chunks(*pieces))
    return reasoning_of(events), text_of(events)


# --- thinking in the text ---


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("<think>hm</think>\n\nHello", ("hm", "Hello")),
        ("\n <think>a < b</think>Hello", ("a < b", "Hello")),
        ("<think></think>Hello", ("", "Hello")),
        ("<think>a</thin</think>Hello", ("a</thin", "Hello")),
        ("<think>never closed </thi", ("never closed </thi", "")),
        ("<think>hm</think>", ("hm", "")),
        ("<think>hm</think>a <think> b", ("hm", "a <think> b")),
        ("Hello <think>no</think>", ("", "Hello <think>no</think>")),
        ("<thinking about it", ("", "<thinking about it")),
        ("<th", ("", "<th")),
        ("  ", ("", "  ")),
    ],
)
def test_thinking_counts_at_the_very_start_only(
    sent: str, expected: tuple[str, str], size: int
) -> None:
    assert told_apart(sent, size) == expected


def test_thinking_is_given_while_it_arrives() -> None:
    thinking = InlineThinking()
    assert thinking.feed("<think>one") == ("one", "")
    assert thinking.feed(" two") == (" two", "")
    assert thinking.feed("</think>a") == ("", "a")
    assert thinking.feed("<think>") == ("", "<think>")


def test_a_whole_answer_may_think_inline() -> None:
    events = SERVER.whole(document("<think>hm</think>Hello"))
    assert (reasoning_of(events), text_of(events)) == ("hm", "Hello")


def test_a_tag_in_the_text_is_text_where_reasoning_has_its_own_field() -> None:
    events = SERVER.streamed(chunk(reasoning="hm"), *text_chunks("<think>"))
    assert text_of(events) == "<think>"


def test_what_was_held_back_comes_before_reasoning_of_its_own() -> None:
    events = SERVER.streamed(chunk(content="<th"), chunk(reasoning="hm"), chunk("stop"))
    assert [type(e).__name__ for e in events[1:3]] == ["TextDelta", "ReasoningDelta"]


# --- content as a list ---


@pytest.mark.parametrize(
    ("part", "reasoning", "text"),
    [
        ({"type": "text", "text": "a"}, "", "a"),
        ({"type": "output_text", "text": "a"}, "", "a"),
        ("a", "", "a"),
        ({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, "hm", ""),
        ({"type": "thinking", "thinking": "hm"}, "hm", ""),
        ({"type": "thinking", "thinking": ["hm"]}, "", ""),
        ({"type": "reference", "reference_ids": [1]}, "", ""),
        (7, "", ""),
    ],
)
def test_content_may_be_a_list_of_parts(part: Any, reasoning: str, text: str) -> None:
    events = SERVER.streamed(chunk(content=[part]), chunk("stop"))
    assert (reasoning_of(events), text_of(events)) == (reasoning, text)


def test_a_refusal_may_be_a_part() -> None:
    events = SERVER.whole(document([{"type": "refusal", "refusal": "No."}]))
    assert RefusalDelta("No.") in events


@pytest.mark.parametrize("field", ["content", "refusal", "reasoning", "reasoning_content"])
def test_a_field_of_an_impossible_type_is_skipped(field: str) -> None:
    odd: dict[str, Any] = {field: 7}
    events = SERVER.streamed(chunk(**odd), chunk("stop", content="a"))
    assert [e for e in events if isinstance(e, TextDelta)] == [TextDelta("a")]


# --- errors inside good answers ---


def assert_fails(events: list[Event], kind: ErrorKind, *words: str) -> None:
    failure = failure_of(events)
    assert failure.kind is kind
    for word in words:
        assert word in failure.message


@pytest.mark.parametrize(
    "body",
    [
        {"error": "it broke"},
        {"error": {"message": "it broke"}},
        [{"error": {"message": "it broke"}}],
        head(choices=[{"index": 0, "error": {"message": "it broke"}}]),
        {"error": {"message": "it broke"}, "choices": None},
    ],
)
def test_an_error_in_a_whole_answer_is_found_wherever_it_is(body: Any) -> None:
    assert_fails(SERVER.whole(body), ErrorKind.SERVER, "it broke")


@pytest.mark.parametrize(
    "event",
    [
        {"error": "it broke"},
        {"error": {"message": "it broke"}},
        [{"error": {"message": "it broke"}}],
        head(choices=[{"index": 0, "delta": {}, "error": {"message": "it broke"}}]),
    ],
)
def test_an_error_in_a_stream_is_found_wherever_it_is(event: Any) -> None:
    assert_fails(SERVER.streamed(chunk(content="a"), event), ErrorKind.SERVER, "it broke")


def test_an_error_after_the_finish_reason_still_fails() -> None:
    events = SERVER.streamed(*text_chunks("a"), error("it broke"))
    assert_fails(events, ErrorKind.SERVER, "it broke")


@pytest.mark.parametrize(
    "data",
    [b'{"error":{"message":"it broke"}}', b'{"message":"it broke"}', b"it broke", b'"it broke"'],
)
def test_an_event_named_error_is_one_whatever_it_holds(data: bytes) -> None:
    stream = b"".join(sse(chunk(content="a"), done=False)) + b"event: error\ndata: " + data
    assert_fails(SERVER.bytes_streamed(stream + b"\n\n"), ErrorKind.SERVER, "it broke")


def test_a_groq_error_event_tells_its_status() -> None:
    body = error("bad tool use", "invalid_request_error", status_code=400, failed_generation="x")
    stream = b"event: error\ndata: " + json.dumps(body).encode() + b"\n\n"
    assert_fails(SERVER.bytes_streamed(stream), ErrorKind.BAD_REQUEST, "(400)", "bad tool use")


def test_a_bare_error_line_without_data_fails_at_once() -> None:
    stream = b"".join(sse(chunk(content="a"), done=False)) + b'{"error":"it broke"}\n'
    decoder = SERVER.adapter.decoder(SERVER.endpoint(), SERVER.asking(stream=True))
    last = decoder.feed(stream)[-1]
    assert isinstance(last, Fail)


def test_a_bare_error_over_several_lines_is_found_at_the_end() -> None:
    body = json.dumps({"error": {"message": "it broke"}}, indent=2).encode()
    stream = b"".join(sse(chunk(content="a"), done=False)) + body
    assert_fails(SERVER.bytes_streamed(stream), ErrorKind.SERVER, "it broke")


def test_other_stray_lines_are_ignored() -> None:
    stream = b"retry: 3\nhello\n\n" + b"".join(sse(*text_chunks("a")))
    assert SERVER.bytes_streamed(stream)[-1] == End()


def test_a_finish_reason_of_error_is_one() -> None:
    assert_fails(SERVER.streamed(chunk("error", content="a")), ErrorKind.SERVER, "finish_reason")


def test_a_prompt_that_is_too_long_may_show_inside_the_stream() -> None:
    body = error("the request exceeds the available context size", code=400)
    assert_fails(SERVER.streamed(body), ErrorKind.CONTEXT_LENGTH, "available context size")


# --- what is no answer ---


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b"", "an empty body"),
        (b" \n", "an empty body"),
        (b"<html><title>Login</title></html>", "HTML"),
        (b"Bad Gateway", "Bad Gateway"),
        (b'{"object":"list"}', "without choices"),
        (b'{"choices":[]}', "without choices"),
        (b'{"choices":"none"}', "choices"),
        (b'{"choices":[{"mess', "mess"),
        (b"[" * 3000, "[["),
        (b"\xff\xfe", "\ufffd"),
    ],
)
def test_a_body_that_is_no_answer_is_a_failure_that_shows_it(
    body: bytes, seen: str, stream: bool
) -> None:
    events = SERVER.bytes_streamed(body) if stream else SERVER.whole(body)
    assert_fails(events, ErrorKind.PROTOCOL, seen)


@pytest.mark.parametrize("data", ["{", "null", "[]", '"a"', '{"choices":7}'])
def test_an_event_that_is_no_chunk_is_a_failure(data: str) -> None:
    assert_fails(SERVER.streamed(data), ErrorKind.PROTOCOL, "not a chunk")


def test_a_stream_of_nothing_but_its_end_is_a_failure() -> None:
    assert_fails(SERVER.streamed(), ErrorKind.PROTOCOL, "without an answer")


def test_a_stream_of_a_role_alone_is_a_failure() -> None:
    assert_fails(SERVER.streamed(chunk(role="assistant")), ErrorKind.PROTOCOL)


def test_a_line_without_an_end_is_a_failure() -> None:
    decoder = SERVER.adapter.decoder(SERVER.endpoint(), SERVER.asking(stream=True))
    events = decoder.feed(b"data: " + b"x" * (MAX_LINE + 1))
    assert_fails(events, ErrorKind.PROTOCOL, "line longer")
    assert decoder.feed(b"more") == [] == decoder.finish()


def test_a_server_that_ignores_stream_is_read_all_the_same() -> None:
    body = json.dumps(document(), indent=2).encode()
    assert text_of(SERVER.bytes_streamed(body)) == "Hello there"


def test_a_server_that_streams_unasked_is_read_all_the_same() -> None:
    assert text_of(SERVER.whole(b"".join(sse(*text_chunks("Hello", " there"))))) == "Hello there"


def test_a_first_chunk_without_choices_or_id_does_not_start_the_answer() -> None:
    first = {"id": "", "model": "", "choices": [], "prompt_filter_results": []}
    events = SERVER.streamed(first, *text_chunks("a"))
    assert [e.id for e in events if isinstance(e, Start)] == ["chatcmpl-1"]


def test_an_index_that_is_no_number_is_the_first_choice() -> None:
    piece = chunk(content="a")
    piece["choices"][0]["index"] = None
    assert TextDelta("a", 0) in SERVER.streamed(piece, chunk("stop"))


def test_ids_and_models_that_are_no_text_are_left_empty() -> None:
    events = SERVER.whole(document() | {"id": 7, "model": None})
    assert [(e.id, e.model) for e in events if isinstance(e, Start)] == [("", "")]
