"""Whole tries over the real transport against a loopback server that keeps the vendor's rules."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from providers import adapters
from providers.endpoint import Endpoint, Timeouts
from providers.errors import ErrorKind
from providers.events import End, Event, Finish, ReasoningState, ToolStart, UsageReport
from providers.exchange import build
from providers.messages import (
    File,
    Image,
    Reasoning,
    Request,
    Sampling,
    Segment,
    Thinking,
    ToolCall,
)
from providers.transport import Transport
from tests.conversation import allow, ask, converse, endpoint_for, failure_of, reasoning_of, text_of
from tests.providers.adapters.claude_requests import LOOK, assistant, request, result, user
from tests.upstreams.base import Answer
from tests.upstreams.claude import (
    MODEL,
    OLDER,
    ClaudeUpstream,
    answer,
    error,
    error_event,
    redacted,
    start,
    text,
    thinking,
    tool,
)

HIGH = Thinking(effort="high")
BUSY = Timeouts(connect=1, first_token=0.2, idle=0.2, total=1)


@pytest.fixture(scope="module")
def running() -> Iterator[ClaudeUpstream]:
    with ClaudeUpstream() as server:
        yield server


@pytest.fixture
def server(running: ClaudeUpstream) -> ClaudeUpstream:
    running.ledger.clear()
    return running


def to(server: ClaudeUpstream, **more: Any) -> Endpoint:
    return endpoint_for("claude", server, **more)


def talk(server: ClaudeUpstream, asked: Request, **more: Any) -> list[Event]:
    return converse(to(server, **more), asked, server, secret=server.key)


def test_a_question_is_answered(server: ClaudeUpstream) -> None:
    events = talk(server, ask("hello", model=MODEL))
    assert text_of(events) == "hello"
    assert events[-2:] == [Finish("stop", "end_turn"), End()]
    assert any(isinstance(e, UsageReport) for e in events)


def test_the_call_carries_key_version_and_betas(server: ClaudeUpstream) -> None:
    talk(server, ask(model=MODEL), options={"betas": "x-1"})
    headers = server.last.headers
    assert (headers["x-api-key"], headers["anthropic-version"]) == (server.key, "2023-06-01")
    assert headers["anthropic-beta"] == "x-1"
    assert "authorization" not in headers
    assert server.last.path == "/v1/messages"


def test_a_wrong_key_is_an_auth_failure(server: ClaudeUpstream) -> None:
    events = converse(to(server), ask(model=MODEL), server, secret="sk-ant-other")
    assert failure_of(events).kind is ErrorKind.AUTH


@pytest.mark.parametrize("model", [MODEL, OLDER])
def test_a_full_request_breaks_none_of_the_vendors_rules(
    server: ClaudeUpstream, model: str
) -> None:
    asked = request(
        assistant("Hello."),
        user(Image(mime="image/png", data=b"x"), File(mime="application/pdf", data=b"y"), ""),
        assistant(ToolCall("f:0", "look", "{}")),
        user("meanwhile"),
        result("f:0"),
        model=model,
        tools=(LOOK,),
        sampling=Sampling(temperature=1.9, stop=(" ", "END"), seed=7, top_p=0.3),
        system=(Segment("a"), Segment("b", after=3)),
        thinking=HIGH,
        limit=20,
        user="u",
        extras={"service_tier": "auto", "verbosity": "low"},
        output="json_object",
        parallel_tools=False,
    )
    assert isinstance(talk(server, asked)[-1], End)


def test_thinking_and_tools_go_round_a_whole_loop(server: ClaudeUpstream) -> None:
    first = answer(
        thinking(0, "sig-1", "Look ", "up."),
        redacted(1, "secret"),
        tool(2, "toolu_1", "look", '{"at":"sky"}'),
        reason="tool_use",
    )
    server.stream(first)
    asked = request(user("colour?"), tools=(LOOK,), thinking=HIGH)
    events = talk(server, asked)
    assert reasoning_of(events) == "Look up."
    (call,) = [e for e in events if isinstance(e, ToolStart)]
    thoughts = [Reasoning(state=e.state) for e in events if isinstance(e, ReasoningState)]

    back = assistant(*thoughts, ToolCall(call.id, call.name, '{"at":"sky"}'))
    turns = (*asked.turns, back, result(call.id))
    assert isinstance(talk(server, request(*turns, tools=(LOOK,), thinking=HIGH))[-1], End)
    assert server.last.json["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "Look up.", "signature": "sig-1"},
        {"type": "redacted_thinking", "data": "secret"},
        {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "sky"}},
    ]


def test_a_refused_signature_is_answered_by_the_amended_request(server: ClaudeUpstream) -> None:
    refusal = "messages.1.content.0: Invalid `signature` in `thinking` block"
    server.next(error(400, "invalid_request_error", refusal))
    asked = request(user("go"), thinking=HIGH)
    failure = failure_of(talk(server, asked))
    amended = adapters.get("claude").amend(asked, failure)
    assert amended is not None
    assert text_of(talk(server, amended)) == "go"
    assert "thinking" not in server.last.json


@pytest.mark.parametrize("size", [1, 5])
def test_an_answer_in_small_slices_is_whole(server: ClaudeUpstream, size: int) -> None:
    server.stream(answer(text(0, "Grüß", " dich")), slice=size)
    assert text_of(talk(server, ask(model=MODEL))) == "Grüß dich"


def test_an_overload_before_the_answer_is_retryable(server: ClaudeUpstream) -> None:
    server.next(error(529, "overloaded_error", "Overloaded"))
    failure = failure_of(talk(server, ask(model=MODEL)))
    assert (failure.kind, failure.retryable) == (ErrorKind.OVERLOADED, True)


def test_a_limit_passes_on_how_long_to_wait(server: ClaudeUpstream) -> None:
    server.next(error(429, "rate_limit_error", "Slow down", **{"retry-after": "7"}))
    assert failure_of(talk(server, ask(model=MODEL))).retry_after == 7


def test_an_overload_inside_the_answer_comes_after_its_text(server: ClaudeUpstream) -> None:
    server.stream(start(), text(0, "half"), error_event("overloaded_error", "Overloaded"))
    events = talk(server, ask(model=MODEL))
    assert text_of(events) == "half"
    assert failure_of(events).kind is ErrorKind.OVERLOADED


def test_an_answer_that_ends_without_its_stop_has_failed(server: ClaudeUpstream) -> None:
    server.stream(start(), text(0, "half"))
    assert failure_of(talk(server, ask(model=MODEL))).kind is ErrorKind.PROTOCOL


def test_a_clean_close_without_the_stop_has_failed_too(server: ClaudeUpstream) -> None:
    server.stream(start(), text(0, "half"), framing="close")
    assert failure_of(talk(server, ask(model=MODEL))).kind is ErrorKind.PROTOCOL


def test_a_connection_that_breaks_has_failed(server: ClaudeUpstream) -> None:
    server.stream(answer(text(0, "half", "whole")), cut=400)
    assert failure_of(talk(server, ask(model=MODEL))).kind is ErrorKind.PROTOCOL


def test_an_error_document_with_status_200_has_failed(server: ClaudeUpstream) -> None:
    server.next(Answer.of({"type": "error", "error": {"type": "api_error", "message": "no"}}))
    assert failure_of(talk(server, ask(model=MODEL))).kind is ErrorKind.SERVER


def test_a_web_page_with_status_200_has_failed(server: ClaudeUpstream) -> None:
    server.next(Answer.of(b"<html>Sign in</html>", content_type="text/html"))
    assert "Sign in" in failure_of(talk(server, ask(model=MODEL))).message


def test_an_answer_that_goes_silent_times_out(server: ClaudeUpstream) -> None:
    server.stream(start(), text(0, "half"), stall_after=2)
    events = talk(server, ask(model=MODEL), timeouts=BUSY)
    assert text_of(events) == "half"
    assert failure_of(events).kind is ErrorKind.TIMEOUT


def test_a_request_that_cannot_be_sent_asks_nobody(server: ClaudeUpstream) -> None:
    failure = failure_of(talk(server, ask(model=MODEL, sampling=Sampling(n=3))))
    assert (failure.kind, failure.accepted) == (ErrorKind.UNSUPPORTED, False)
    assert server.ledger == []


def test_the_model_list_is_read_page_by_page(server: ClaudeUpstream) -> None:
    adapter = adapters.get("claude")

    async def page(cursor: str | None) -> tuple[list[str], str | None]:
        transport = Transport(lambda: allow(server))
        asked = adapter.list_models(to(server), cursor)
        assert asked is not None
        response = await transport.handle_async_request(
            build(to(server), adapter, asked, server.key)
        )
        models, following = adapter.read_models(await response.aread())
        await transport.aclose()
        return [model.id for model in models], following

    server.page = 1
    assert asyncio.run(page(None)) == ([MODEL], MODEL)
    assert asyncio.run(page(MODEL)) == ([OLDER], None)
