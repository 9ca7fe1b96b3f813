"""The Gemini adapter over the real transport, against a loopback Gemini API."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from providers import adapters
from providers.errors import ErrorKind
from providers.events import End, Event, Finish, ReasoningState, ToolStart
from providers.messages import Request, State, Text, Tool, ToolCall, ToolResult, Turn
from tests.conversation import ask, converse, endpoint_for, failure_of, text_of
from tests.upstreams import gemini as g
from tests.upstreams.base import Answer

MODEL = "gemini-3-flash"


@pytest.fixture
def server() -> Iterator[g.GeminiServer]:
    with g.GeminiServer() as running:
        yield running


def talk(server: g.GeminiServer, request: Request, secret: str = "k") -> list[Event]:
    return converse(endpoint_for("gemini", server, g.BASE), request, server, secret)


def streamed(server: g.GeminiServer, *documents: Any, **how: Any) -> list[Event]:
    """What a stream of these chunks becomes; bytes are sent as they are."""
    pieces = [d if isinstance(d, bytes) else g.chunks(d)[0] for d in documents]
    server.next(Answer.stream(pieces, **how))
    return talk(server, ask(model=MODEL, stream=True))


# --- ordinary ---


@pytest.mark.parametrize("stream", [False, True])
def test_a_conversation_ends_well(server: g.GeminiServer, stream: bool) -> None:
    events = talk(server, ask("hi", model=MODEL, stream=stream))
    assert text_of(events) == "Hello there"
    assert events[-2:] == [Finish("stop", "STOP"), End()]
    assert server.last.json == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


@pytest.mark.parametrize(
    ("stream", "verb"), [(False, "generateContent"), (True, "streamGenerateContent?alt=sse")]
)
def test_the_verb_says_whether_it_is_a_stream(
    server: g.GeminiServer, stream: bool, verb: str
) -> None:
    talk(server, ask(model="models/gemini-3-flash", stream=stream))
    assert server.last.path == f"/v1beta/models/gemini-3-flash:{verb}"
    assert server.last.method == "POST"


def test_an_odd_model_name_arrives_encoded(server: g.GeminiServer) -> None:
    talk(server, ask(model="a/b?c %é"))
    assert server.last.path == "/v1beta/models/a%2Fb%3Fc%20%25%C3%A9:generateContent"


def test_the_key_goes_in_googles_header_and_nowhere_else(server: g.GeminiServer) -> None:
    server.key = "secret-1"
    assert talk(server, ask(model=MODEL), secret="secret-1")[-1] == End()
    assert server.last.headers["x-goog-api-key"] == "secret-1"
    assert "authorization" not in server.last.headers and "secret-1" not in server.last.path


def test_a_wrong_key_is_an_auth_failure_although_google_says_400(server: g.GeminiServer) -> None:
    server.key = "secret-1"
    failure = failure_of(talk(server, ask(model=MODEL), secret="wrong"))
    assert (failure.kind, failure.status) == (ErrorKind.AUTH, 400)


def test_a_missing_model_is_named(server: g.GeminiServer) -> None:
    server.next(Answer.of(g.error(404, "NOT_FOUND", "models/x is not found"), status=404))
    failure = failure_of(talk(server, ask(model="x")))
    assert failure.kind is ErrorKind.MODEL_NOT_FOUND and "models/x" in failure.message


def test_one_byte_at_a_time_changes_nothing(server: g.GeminiServer) -> None:
    assert text_of(streamed(server, *g.streamed("Grüße 👋 an alle"), slice=1)) == "Grüße 👋 an alle"


def test_a_last_event_without_its_blank_line_counts(server: g.GeminiServer) -> None:
    last = g.chunks(g.plain("a"))[0].removesuffix(b"\r\n\r\n")
    assert streamed(server, last)[-1] == End()


def test_a_tool_is_called_and_its_result_sent_back_with_the_signature(
    server: g.GeminiServer,
) -> None:
    server.next(
        Answer.stream(
            g.chunks(
                g.answer(g.candidate(g.call("weather", {"city": "Ulm"}, "sig-a"))),
                g.answer(g.candidate(g.text(""), finish="STOP")),
            )
        )
    )
    first = ask("weather?", model=MODEL, stream=True, tools=(Tool("weather"),))
    (start,) = (e for e in talk(server, first) if isinstance(e, ToolStart))
    called = Turn("assistant", (ToolCall(start.id, start.name, '{"city":"Ulm"}', start.state),))
    told = Turn("tool", (ToolResult(start.id, start.name, (Text("sunny"),)),))
    talk(server, Request(model=MODEL, turns=(*first.turns, called, told), tools=first.tools))
    assert server.last.json["contents"][1:] == [
        {"role": "model", "parts": [g.call("weather", {"city": "Ulm"}, "sig-a")]},
        {
            "role": "user",
            "parts": [{"functionResponse": {"name": "weather", "response": {"output": "sunny"}}}],
        },
    ]


def test_a_signature_in_the_empty_last_chunk_is_kept(server: g.GeminiServer) -> None:
    last = g.answer(g.candidate(g.text("", "sig-z"), finish="STOP"))
    events = streamed(server, g.answer(g.candidate(g.text("Hello"))), last)
    place = {"signature": "sig-z", "start": 5, "end": 5}
    assert ReasoningState(State("gemini:gemini-3", "text", place)) in events


def test_a_refused_signature_is_asked_again_without_it(server: g.GeminiServer) -> None:
    bad = State("gemini:gemini-3", "function_call", {"signature": "bad"})
    turn = Turn("assistant", (ToolCall("c", "f", "{}", bad),))
    request = Request(model=MODEL, turns=(Turn("user", (Text("go"),)), turn))
    refused = g.error(400, "INVALID_ARGUMENT", "Corrupted thought signature.")
    server.next(Answer.of(refused, status=400))
    again = adapters.get("gemini").amend(request, failure_of(talk(server, request)))
    assert again is not None and talk(server, again)[-1] == End()
    signed = [asked.json["contents"][1]["parts"][0] for asked in server.ledger]
    assert [part["thoughtSignature"] for part in signed] == [
        "bad",
        "skip_thought_signature_validator",
    ]


# --- faults ---


def test_a_stream_that_ends_early_is_a_failure(server: g.GeminiServer) -> None:
    events = streamed(server, g.answer(g.candidate(g.text("Hel"))))
    assert text_of(events) == "Hel"
    assert failure_of(events).kind is ErrorKind.PROTOCOL


def test_a_stream_that_is_cut_is_a_failure(server: g.GeminiServer) -> None:
    events = streamed(server, *g.streamed("Hello there"), cut=400)
    assert failure_of(events).kind is ErrorKind.PROTOCOL


def test_a_document_that_is_cut_is_a_failure(server: g.GeminiServer) -> None:
    server.next(Answer.of(g.plain("Hello"), cut=40))
    assert failure_of(talk(server, ask(model=MODEL))).kind is ErrorKind.PROTOCOL


@pytest.mark.parametrize("size", [0, 1])
def test_an_error_event_ends_the_stream(server: g.GeminiServer, size: int) -> None:
    begun = g.answer(g.candidate(g.text("Hel")))
    error = g.error(503, "UNAVAILABLE", "The model is overloaded.")
    events = streamed(server, begun, error, g.plain("more"), slice=size)
    assert text_of(events) == "Hel"
    failure = failure_of(events)
    assert (failure.kind, failure.status) == (ErrorKind.OVERLOADED, 503)
    assert failure.accepted


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_error_written_without_data_lines_is_found(
    server: g.GeminiServer, wrapped: bool, end: str
) -> None:
    error: Any = g.error(429, "RESOURCE_EXHAUSTED", "Slow.", g.retry("3s"))
    text = json.dumps([error] if wrapped else error, indent=2).replace("\n", end) + end
    events = streamed(server, g.answer(g.candidate(g.text("Hel"))), text.encode())
    failure = failure_of(events)
    assert (failure.kind, failure.retry_after) == (ErrorKind.RATE_LIMIT, 3)


def test_an_error_after_the_finish_reason_is_still_an_error(server: g.GeminiServer) -> None:
    error = json.dumps(g.error(500, "INTERNAL")).encode() + b"\n"
    assert failure_of(streamed(server, g.plain("a"), error)).kind is ErrorKind.SERVER


def test_stray_lines_beside_a_complete_stream_do_no_harm(server: g.GeminiServer) -> None:
    assert streamed(server, b"hello\n", g.plain("a"))[-1] == End()


def test_a_page_instead_of_a_stream_is_shown(server: g.GeminiServer) -> None:
    failure = failure_of(streamed(server, b"<html>\n<h1>Sign in</h1>\n", content_type="text/html"))
    assert failure.kind is ErrorKind.PROTOCOL and "Sign in" in failure.message


@pytest.mark.parametrize("stream", [False, True])
def test_an_empty_answer_is_a_failure(server: g.GeminiServer, stream: bool) -> None:
    server.next(Answer(framing="length"))
    failure = failure_of(talk(server, ask(model=MODEL, stream=stream)))
    assert failure.kind is ErrorKind.PROTOCOL


@pytest.mark.parametrize("stream", [False, True])
def test_an_error_with_status_200_is_an_error(server: g.GeminiServer, stream: bool) -> None:
    error = g.error(403, "PERMISSION_DENIED", "Not here.")
    server.next(Answer.stream(g.chunks(error)) if stream else Answer.of(error))
    failure = failure_of(talk(server, ask(model=MODEL, stream=stream)))
    assert failure.kind is ErrorKind.PERMISSION


def test_garbage_in_a_stream_ends_it(server: g.GeminiServer) -> None:
    events = streamed(server, g.answer(g.candidate(g.text("Hel"))), b"data: {oops\r\n\r\n")
    assert text_of(events) == "Hel" and "{oops" in failure_of(events).message


def test_nothing_follows_a_failure(server: g.GeminiServer) -> None:
    decoder = adapters.get("gemini").decoder(
        endpoint_for("gemini", server), ask(model=MODEL, stream=True)
    )
    assert failure_of(decoder.feed(b"data: {\n\n" + g.chunks(g.plain())[0]))
    assert decoder.feed(g.chunks(g.plain())[0]) == [] and decoder.finish() == []


@pytest.mark.parametrize("ended", [True, False])
def test_an_endless_event_is_refused(server: g.GeminiServer, ended: bool) -> None:
    decoder = adapters.get("gemini").decoder(
        endpoint_for("gemini", server), ask(model=MODEL, stream=True)
    )
    line = b"data: " + b"x" * (9 * 1024 * 1024)
    events = decoder.feed(line + b"\n") + decoder.feed(line + b"\n" * ended)
    events += decoder.finish()
    assert failure_of(events).kind is ErrorKind.PROTOCOL


def test_a_failed_answer_with_a_wait_passes_it_on(server: g.GeminiServer) -> None:
    error = g.error(429, "RESOURCE_EXHAUSTED", "Slow.", g.retry("34.4s"))
    server.next(Answer.of([error], status=429))
    failure = failure_of(talk(server, ask(model=MODEL)))
    assert (failure.status, failure.retry_after, failure.accepted) == (429, 34.4, False)
