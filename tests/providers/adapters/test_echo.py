"""The provider in this process: what it says back, and the drills it can be told to be."""

import asyncio
import json
import time
from typing import Any

import pytest

from providers.adapters.echo import Echo
from providers.endpoint import Endpoint
from providers.errors import ErrorKind, ProviderError
from providers.events import (
    End,
    Event,
    Fail,
    Finish,
    Start,
    TextDelta,
    ToolArgs,
    ToolStart,
    UsageReport,
)
from providers.messages import (
    EmbeddingRequest,
    Image,
    JsonSchema,
    Named,
    Request,
    Sampling,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.conversation import ask, reasoning_of, text_of

ECHO = Echo()
LOOK, SEE = Tool("look"), Tool("see")


def endpoint(**options: Any) -> Endpoint:
    return Endpoint("echo", "echo", "http://localhost", options=options)


def batches(request: Request, **options: Any) -> list[list[Event]]:
    async def run() -> list[list[Event]]:
        return [batch async for batch in ECHO.answer(endpoint(**options), request)]

    return asyncio.run(run())


def events(request: Request, **options: Any) -> list[Event]:
    return [event for batch in batches(request, **options) for event in batch]


def finish(found: list[Event]) -> str:
    (last,) = [event for event in found if isinstance(event, Finish)]
    return last.reason


def usage(found: list[Event]) -> tuple[int, int]:
    (last,) = [event for event in found if isinstance(event, UsageReport)]
    return last.usage.input, last.usage.output


def test_it_says_back_the_users_words() -> None:
    found = events(ask("one two  three", model="m"))
    assert text_of(found) == "one two  three"
    assert (found[0], found[-1]) == (Start(model="m"), End())
    assert (finish(found), usage(found)) == ("stop", (3, 4))


def test_it_streams_word_by_word() -> None:
    pieces = [b[0].text for b in batches(ask("one two")) if isinstance(b[0], TextDelta)]
    assert pieces == ["one", " two"]


def test_it_hears_the_last_user_turn_only() -> None:
    turns = (Turn("user", (Text("first"),)), Turn("assistant", (Text("mine"),)))
    assert text_of(events(Request("m", (*turns, Turn("user", (Text("a"), Text("b"))))))) == "a b"
    assert text_of(events(Request("m", turns))) == "first"


def test_nothing_to_say_back_is_an_empty_answer() -> None:
    picture = Request("m", (Turn("user", (Image(url="https://x/y"),)),))
    assert text_of(events(picture)) == ""
    assert finish(events(picture)) == "stop"


def test_a_limit_cuts_it_short() -> None:
    found = events(ask("one two three", limit=2))
    assert (text_of(found), finish(found), usage(found)) == ("one two", "length", (3, 2))


@pytest.mark.parametrize(("effort", "thinks"), [(None, False), ("none", False), ("low", True)])
def test_it_thinks_when_it_is_asked_to(effort: Any, thinks: bool) -> None:
    assert bool(reasoning_of(events(ask(thinking=Thinking(effort))))) is thinks


# --- tools ---


def called(request: Request) -> tuple[str, Any]:
    found = events(request)
    (start,) = [event for event in found if isinstance(event, ToolStart)]
    (arguments,) = [event.fragment for event in found if isinstance(event, ToolArgs)]
    assert finish(found) == "tool_calls"
    return start.name, json.loads(arguments)


def test_it_calls_the_first_tool_with_what_it_heard() -> None:
    assert called(ask("here", tools=(LOOK, SEE))) == ("look", {"text": "here"})


def test_it_calls_the_tool_that_is_named() -> None:
    assert called(ask("here", tools=(LOOK, SEE), tool_choice=Named("see")))[0] == "see"


def test_it_calls_none_when_told_so() -> None:
    assert text_of(events(ask("here", tools=(LOOK,), tool_choice="none"))) == "here"


def test_it_says_back_a_tools_result() -> None:
    call, result = ToolCall("c", "look", "{}"), ToolResult("c", "look", (Text("a cat"),))
    turns = (Turn("user", (Text("?"),)), Turn("assistant", (call,)), Turn("tool", (result,)))
    assert text_of(events(Request("m", turns, tools=(LOOK,)))) == "a cat"


# --- documents ---


def test_an_object_holds_what_it_heard() -> None:
    assert json.loads(text_of(events(ask("hi", output="json_object")))) == {"echo": "hi"}


def test_a_schemas_properties_are_filled() -> None:
    kinds = {"s": "string", "i": "integer", "n": "number", "b": "boolean", "x": "array"}
    schema = {"properties": {name: {"type": kind} for name, kind in kinds.items()}}
    found = json.loads(text_of(events(ask(output=JsonSchema("n", schema)))))
    assert found == {"s": "echo", "i": 1, "n": 1.5, "b": True, "x": []}


@pytest.mark.parametrize("schema", [{}, {"properties": []}, {"properties": {"a": True, "b": {}}}])
def test_a_schema_of_any_shape_is_survived(schema: dict[str, Any]) -> None:
    assert isinstance(json.loads(text_of(events(ask(output=JsonSchema("n", schema))))), dict)


# --- what it takes, and drills ---


def test_fields_it_does_not_know_are_reported() -> None:
    turn = Turn("user", (Text("hi"), *(Image(url="https://x.example/a.png"),) * 2))
    result = Turn("tool", (ToolResult("c", "look", (Image(mime="image/png", data=b""),)),))
    sampling = Sampling(logprobs=True, top_logprobs=2, stop=("x",), temperature=0.5)
    asked = Request("echo", (turn, result), sampling=sampling, extras={"verbosity": "low"})
    told = ("verbosity", "logprobs", "top_logprobs", "stop", "messages.content.image_url")
    assert ECHO.chat(endpoint(), asked).dropped == told


def test_several_choices_are_refused() -> None:
    assert ECHO.chat(endpoint(), ask(sampling=Sampling(n=1))).dropped == ()
    with pytest.raises(ProviderError) as raised:
        ECHO.chat(endpoint(), ask(sampling=Sampling(n=2)))
    assert (raised.value.failure.kind, raised.value.failure.param) == (ErrorKind.UNSUPPORTED, "n")


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_it_fails_as_it_is_told(kind: ErrorKind) -> None:
    (last,) = events(ask(), fail=kind.value)
    assert isinstance(last, Fail)
    assert last.failure.kind is kind


def test_it_waits_as_it_is_told() -> None:
    started = time.monotonic()
    events(ask("a b c"), delay=0.05, pause=0.02)
    assert 0.1 < time.monotonic() - started < 1


def embed(*inputs: Any, **more: Any) -> list[list[float]]:
    return ECHO.embed_locally(EmbeddingRequest("m", inputs, **more)).vectors


def near(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_it_embeds_deterministically_in_the_asked_size() -> None:
    assert embed("abc") == embed("abc") != embed("abd")
    assert len(embed("abc")[0]) == 256
    assert [len(v) for v in embed("a", "b", dimensions=4)] == [4, 4]
    assert embed((1, 2, 300)) == embed((300, 2, 1)) != embed((1, 2))


@pytest.mark.parametrize("item", ["", "  ", "whales", "\ud800", "a " * 9999, ()])
def test_its_vectors_have_unit_length(item: Any) -> None:
    (vector,) = embed(item)
    assert near(vector, vector) == pytest.approx(1)


def test_its_vectors_of_similar_texts_are_near() -> None:
    asked, said, other = embed(
        "How do blue whales sing?",
        "The singing of a blue whale carries for miles.",
        "Invoices are paid within thirty days of their date.",
    )
    assert near(asked, said) > near(asked, other) + 0.2


def test_it_has_no_wire() -> None:
    with pytest.raises(TypeError):
        ECHO.decoder(endpoint(), ask())
    with pytest.raises(TypeError):
        ECHO.failure(endpoint(), 500, {}, b"")
    assert ECHO.auth_headers("x") == ()
    assert ECHO.list_models(endpoint()) is None
