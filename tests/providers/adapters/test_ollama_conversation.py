"""The Ollama adapter against a loopback server, daemon and cloud."""

from typing import Any

import pytest

from providers.adapters import get
from providers.errors import ErrorKind
from providers.events import End, Event, Fail, Finish, Start, ToolArgs, ToolStart, UsageReport
from providers.messages import (
    Image,
    JsonSchema,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.conversation import ask, converse, endpoint_for, failure_of, reasoning_of, text_of
from tests.upstreams.base import Answer
from tests.upstreams.ollama import MODEL, NDJSON, OllamaServer, error, last, line, streamed

PLAIN = "gemma3:4b"
WEATHER = Tool("weather", "Tells.", {"type": "object", "properties": {"city": {"type": "string"}}})
both = pytest.mark.parametrize("stream", [True, False])


def said(request: Request, kind: str = "ollama", **endpoint: Any) -> list[Event]:
    with OllamaServer() as server:
        return converse(endpoint_for(kind, server, **endpoint), request, server)


def answered(answer: Answer, **asked: Any) -> list[Event]:
    with OllamaServer() as server:
        server.next(answer)
        return converse(endpoint_for("ollama", server), ask(stream=True, **asked), server)


@both
def test_a_chat_is_answered_and_ends(stream: bool) -> None:
    events = said(ask(model=PLAIN, stream=stream))
    assert text_of(events) == "Hello there"
    assert isinstance(events[0], Start) and events[-1] == End()
    assert any(isinstance(event, UsageReport) for event in events)


@both
def test_a_model_that_can_think_does_unless_told_not_to(stream: bool) -> None:
    aloud = said(ask(model=MODEL, stream=stream))
    silent = said(ask(model=MODEL, stream=stream, thinking=Thinking(effort="none")))
    assert (reasoning_of(aloud), reasoning_of(silent)) == ("Let me see.", "")


def test_a_model_that_cannot_think_answers_the_amended_request() -> None:
    request = ask(model=PLAIN, stream=True, thinking=Thinking(effort="high"))
    adapter = get("ollama")
    with OllamaServer() as server:
        at = endpoint_for("ollama", server)
        refused = failure_of(converse(at, request, server))
        amended = adapter.amend(request, refused)
        assert refused.kind is ErrorKind.UNSUPPORTED and amended is not None
        assert text_of(converse(at, amended, server)) == "Hello there"


@both
def test_a_tool_is_called(stream: bool) -> None:
    events = said(ask(model=PLAIN, stream=stream, tools=(WEATHER,)))
    assert ToolStart(0, "call_9f3k2a1b", "weather") in events
    assert ToolArgs(0, '{"city": "Paris"}') in events
    assert Finish("tool_calls", "stop") in events


@both
def test_a_tools_result_is_taken_and_answered(stream: bool) -> None:
    turns = (
        Turn("user", (Text("weather in Paris?"),)),
        Turn("assistant", (ToolCall("call_1", "weather", '{"city":"Paris"}'),)),
        Turn("tool", (ToolResult("call_1", "weather", (Text("sunny"),)),)),
    )
    events = said(Request(model=PLAIN, turns=turns, tools=(WEATHER,), stream=stream))
    assert text_of(events) == "Hello there"


@both
def test_a_schema_is_answered_with_json(stream: bool) -> None:
    events = said(ask(model=MODEL, stream=stream, output=JsonSchema("a", {"type": "object"})))
    assert text_of(events) == '{"said": "Hello there"}'


def test_an_image_is_taken() -> None:
    turn = Turn("user", (Text("what is it?"), Image(mime="image/png", data=b"\x89PNG")))
    assert text_of(said(Request(model=PLAIN, turns=(turn,)))) == "Hello there"


def test_the_adapter_asks_for_images_by_content() -> None:
    assert get("ollama").inline_images and get("ollama_cloud").inline_images


def test_a_model_that_is_not_there_is_named() -> None:
    found = failure_of(said(ask(model="llama9")))
    assert (found.kind, found.param) == (ErrorKind.MODEL_NOT_FOUND, "model")
    assert "'llama9'" in found.message and "ollama pull" in found.message


def test_a_daemon_gets_no_key() -> None:
    with OllamaServer() as server:
        converse(endpoint_for("ollama", server), ask(), server)
        assert "authorization" not in server.last.headers


def test_a_proxy_before_a_daemon_gets_its_key() -> None:
    with OllamaServer() as server:
        converse(endpoint_for("ollama", server), ask(), server, secret="k1")
        assert server.last.headers["authorization"] == "Bearer k1"


# --- faults on the way ---


def test_bytes_that_come_one_by_one_make_the_same_answer() -> None:
    events = answered(streamed(line("Hé"), line("llo"), last(), slice=1))
    assert (text_of(events), events[-1]) == ("Héllo", End())


def test_a_connection_that_breaks_in_the_answer_is_a_protocol_failure() -> None:
    events = answered(streamed(line("Hel"), line("lo"), last(), cut=200))
    assert failure_of(events).kind is ErrorKind.PROTOCOL


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_a_clean_close_before_the_end_is_a_protocol_failure(framing: str) -> None:
    events = answered(streamed(line("Hel"), line("lo"), framing=framing))
    assert text_of(events) == "Hello"
    assert failure_of(events).kind is ErrorKind.PROTOCOL


def test_an_error_in_the_stream_follows_the_text_before_it() -> None:
    events = answered(streamed(line("Hel"), error("out of memory")))
    assert text_of(events) == "Hel"
    assert failure_of(events).kind is ErrorKind.SERVER


def test_a_page_instead_of_an_answer_is_a_protocol_failure() -> None:
    events = answered(Answer.of(b"<html>hello</html>", content_type="text/html"))
    assert [type(event) for event in events] == [Fail]
    assert failure_of(events).kind is ErrorKind.PROTOCOL


def test_a_line_of_megabytes_is_read() -> None:
    events = answered(streamed(line("x" * 2_000_000), last()))
    assert len(text_of(events)) == 2_000_000


def test_an_answer_with_an_error_and_status_200_is_a_failure() -> None:
    with OllamaServer() as server:
        server.next(Answer.of(error("model 'm' not found"), content_type=NDJSON))
        events = converse(endpoint_for("ollama", server), ask(), server)
    assert failure_of(events).kind is ErrorKind.MODEL_NOT_FOUND


# --- the cloud ---


def cloud(request: Request, secret: str = "k1") -> tuple[list[Event], dict[str, Any]]:
    """The events, and the body that the server was sent."""
    with OllamaServer() as server:
        server.key = "k1"
        events = converse(endpoint_for("ollama_cloud", server), request, server, secret)
        return events, server.last.json


def test_the_cloud_takes_a_bearer_key() -> None:
    assert text_of(cloud(ask(model=PLAIN))[0]) == "Hello there"


def test_the_cloud_refuses_another_key_and_the_key_is_not_shown() -> None:
    found = failure_of(cloud(ask(model=PLAIN), secret="wrong-key")[0])
    assert (found.kind, found.failover) == (ErrorKind.AUTH, True)
    assert "wrong-key" not in found.message


@pytest.mark.parametrize("name", ["gpt-oss:120b", "gpt-oss:120b-cloud", "gpt-oss:120b:cloud"])
def test_the_cloud_gets_names_without_its_suffix(name: str) -> None:
    events, body = cloud(ask(model=name))
    assert body["model"] == "gpt-oss:120b"
    assert text_of(events) == "Hello there"


def test_the_daemon_gets_names_with_the_suffix() -> None:
    with OllamaServer() as server:
        converse(endpoint_for("ollama", server), ask(model="glm-5:cloud"), server)
        assert server.last.json["model"] == "glm-5:cloud"


def test_a_schema_is_told_to_the_cloud_in_words_after_the_instructions() -> None:
    schema = {"type": "object", "properties": {"said": {"type": "string"}}}
    request = ask(model=PLAIN, output=JsonSchema("a", schema, strict=True))
    events, body = cloud(request)
    assert (body["format"], body["messages"][0]["role"]) == ("json", "system")
    assert '"properties":{"said"' in body["messages"][0]["content"]
    assert text_of(events) == '{"said": "Hello there"}'


def test_json_mode_is_asked_of_the_cloud_without_words() -> None:
    _, body = cloud(ask(model=PLAIN, output="json_object"))
    assert body["format"] == "json"
    assert [message["role"] for message in body["messages"]] == ["user"]
