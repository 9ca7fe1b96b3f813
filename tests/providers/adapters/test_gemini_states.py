"""Thought signatures: kept with the events, and given back on exactly the same part."""

from typing import Any

import msgspec
import pytest

from providers.adapters.gemini.decode import DocumentDecoder
from providers.errors import ErrorKind, failure
from providers.events import Event, ReasoningDelta, ReasoningState, TextDelta, ToolArgs, ToolStart
from providers.messages import (
    Part,
    Reasoning,
    Refusal,
    Request,
    State,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.conversation import ask, feed
from tests.providers.adapters.gemini_sent import GEMINI, body
from tests.upstreams import gemini as g

MODEL = "gemini-3-flash"
SKIP = "skip_thought_signature_validator"
REFUSED = "Function call is missing a thought_signature in functionCall parts."


def events_of(*parts: Any, model: str = MODEL) -> list[Event]:
    document = g.answer(g.candidate(*parts, finish="STOP"))
    return feed(DocumentDecoder(ask(model=model)), msgspec.json.encode(document))


def turn_of(events: list[Event]) -> Turn:
    """The assistant turn that a client sends back: joined text, states apart, then calls."""
    thought = "".join(e.text for e in events if isinstance(e, ReasoningDelta))
    said = "".join(e.text for e in events if isinstance(e, TextDelta))
    found: list[Part] = [Reasoning(thought)] if thought else []
    found += [Reasoning("", e.state) for e in events if isinstance(e, ReasoningState)]
    found += [Text(said)] if said else []
    args = {e.slot: e.fragment for e in events if isinstance(e, ToolArgs)}
    starts = [e for e in events if isinstance(e, ToolStart)]
    found += [ToolCall(e.id, e.name, args[e.slot], e.state) for e in starts]
    return Turn("assistant", tuple(found))


def back(turn: Turn, model: str = MODEL) -> Any:
    """The model's parts of the next request."""
    request = Request(model=model, turns=(Turn("user", (Text("go"),)), turn))
    return body(request)["contents"][1]["parts"]


def call_with(state: State | None) -> Turn:
    return Turn("assistant", (ToolCall("c1", "f", "{}", state), ToolCall("c2", "g", "{}")))


def own(value: Any, kind: str = "function_call") -> State:
    return State("gemini:gemini-3", kind, value)


@pytest.mark.parametrize(
    "parts",
    [
        [g.call("f", {"a": 1}, "sig-a"), g.call("g", {})],
        [g.text("Let me look."), g.call("f", {}, "sig-a"), g.call("g", {}, "sig-b")],
        [g.text("Hello", "sig-a")],
        [g.text("Hello"), g.text("", "sig-a")],
        [g.text("Hel", "sig-a"), g.text("lo ", "sig-b"), g.text("you")],
        [g.text("", "sig-a"), g.text("Hello")],
        [g.text("Größe 👍 ", "sig-a"), g.text("ok")],
        [g.text("hm", "sig-a", thought=True), g.text("Hello")],
        [g.call("f", {}, "sig-a", "id-1"), g.call("g", {}, None, "id-2")],
    ],
)
def test_every_signature_goes_back_on_its_own_part(parts: list[Any]) -> None:
    assert back(turn_of(events_of(*parts))) == parts


def test_text_without_a_signature_may_be_joined() -> None:
    turn = turn_of(events_of(g.text("Hel"), g.text("lo "), g.text("you", "sig-a")))
    assert back(turn) == [g.text("Hello "), g.text("you", "sig-a")]


def test_a_state_survives_the_clients_json() -> None:
    turn = turn_of(events_of(g.text("Hello", "sig-a"), g.call("f", {}, "sig-b", "id-1")))
    again = msgspec.json.decode(msgspec.json.encode(turn), type=Turn)
    assert back(again) == back(turn)


def test_a_models_own_call_id_goes_back_with_the_result_too() -> None:
    turn = turn_of(events_of(g.call("f", {}, "sig-a", "id-1")))
    result = Turn("tool", (ToolResult("id-1", "f", (Text("ok"),)),))
    sent = body(Request(model=MODEL, turns=(Turn("user", (Text("go"),)), turn, result)))
    assert sent["contents"][2]["parts"][0]["functionResponse"]["id"] == "id-1"


def test_an_id_that_was_made_up_here_is_not_sent_to_gemini() -> None:
    turn = turn_of(events_of(g.call("f", {}, "sig-a")))
    assert back(turn)[0]["functionCall"] == {"name": "f", "args": {}}


@pytest.mark.parametrize(
    ("model", "origin"),
    [
        ("gemini-3-flash", "gemini:gemini-3"),
        ("models/gemini-3.1-pro-preview", "gemini:gemini-3"),
        ("gemini-2.5-pro", "gemini:gemini-2"),
        ("gemini-flash-latest", "gemini:gemini-latest"),
        ("gemma-4-31b-it", "gemini:gemma-4"),
        ("tunedModels/mine", "gemini:tunedModels/mine"),
    ],
)
def test_a_state_belongs_to_a_major_version(model: str, origin: str) -> None:
    starts = [e for e in events_of(g.call("f", {}, "s"), model=model) if isinstance(e, ToolStart)]
    assert starts[0].state == State(origin, "function_call", {"signature": "s"})


# --- the stand-in ---


@pytest.mark.parametrize(
    "state",
    [
        None,
        State("claude:opus", "function_call", {"signature": "s"}),
        State("gemini:gemini-2", "function_call", {"signature": "s"}),
        own({"signature": "s"}, kind="text"),
        own({"signature": 7}),
        own("s"),
        own({"id": "only"}),
    ],
)
def test_the_first_call_of_a_step_has_a_stand_in_when_its_own_signature_is_lost(
    state: State | None,
) -> None:
    first, second = back(call_with(state))
    assert first["thoughtSignature"] == SKIP
    assert "thoughtSignature" not in second


def test_every_step_has_its_own_stand_in() -> None:
    step = (call_with(None), Turn("tool", (ToolResult("c1", "f", ()), ToolResult("c2", "g", ()))))
    sent = body(Request(model=MODEL, turns=(Turn("user", (Text("go"),)), *step, *step)))
    signed = [[p.get("thoughtSignature") for p in c["parts"]] for c in sent["contents"][1::2]]
    assert signed == [[SKIP, None], [SKIP, None]]


@pytest.mark.parametrize("model", ["gemini-2.5-pro", "gemma-3-27b-it", "tunedModels/mine"])
def test_earlier_models_need_no_stand_in(model: str) -> None:
    assert "thoughtSignature" not in back(call_with(None), model)[0]


@pytest.mark.parametrize("model", ["gemini-flash-latest", "gemini-3.5-flash", "gemini-4-pro"])
def test_later_models_and_aliases_do(model: str) -> None:
    assert back(call_with(None), model)[0]["thoughtSignature"] == SKIP


# --- what no longer fits ---


@pytest.mark.parametrize(
    "value",
    [
        {"signature": "s", "start": 0, "end": 99},
        {"signature": "s", "start": 3, "end": 1},
        {"signature": "s", "start": -1, "end": 1},
        {"signature": "s"},
        ["s"],
    ],
)
def test_a_place_that_the_text_does_not_have_is_ignored(value: Any) -> None:
    turn = Turn("assistant", (Reasoning("", own(value, "text")), Text("Hello")))
    assert back(turn) == [{"text": "Hello"}]


def test_of_two_signatures_on_one_place_the_first_stays() -> None:
    first = own({"signature": "s1", "start": 0, "end": 3}, "text")
    second = own({"signature": "s2", "start": 1, "end": 5}, "text")
    turn = Turn("assistant", (Reasoning("", first), Reasoning("", second), Text("Hello")))
    assert back(turn) == [g.text("Hel", "s1"), {"text": "lo"}]


# --- pictures ---


def test_a_drawn_picture_reaches_the_client_as_an_image_in_markdown() -> None:
    events = events_of({"inlineData": {"mimeType": "image/png", "data": "AAEC"}})
    assert TextDelta("![image/png](data:image/png;base64,AAEC)") in events


def test_a_drawn_picture_goes_back_as_a_picture_with_its_signature() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAEC"}, "thoughtSignature": "s"}
    parts = [g.text("Here: "), picture, g.text(" Nice?")]
    assert back(turn_of(events_of(*parts))) == parts


def test_a_picture_in_unsigned_text_goes_back_as_a_picture_too() -> None:
    parts = [
        g.text("Here: "),
        {"inlineData": {"mimeType": "image/png", "data": "AAEC"}},
        g.text(" Nice?"),
    ]
    assert back(turn_of(events_of(*parts))) == parts


def test_a_picture_among_thoughts_is_left_out() -> None:
    thought = {"inlineData": {"mimeType": "image/png", "data": "AAEC"}, "thought": True}
    assert turn_of(events_of(thought, g.text("Hello"))).parts == (Text("Hello"),)


# --- amending ---


def amended(request: Request, message: str = REFUSED) -> Request | None:
    return GEMINI.amend(request, failure(ErrorKind.BAD_REQUEST, message, status=400))


@pytest.mark.parametrize(
    "message", [REFUSED, "Corrupted thought signature.", "Invalid thoughtSignature in contents[1]"]
)
def test_a_refused_signature_is_replaced_by_the_stand_in(message: str) -> None:
    request = Request(model=MODEL, turns=(call_with(own({"signature": "bad"})),))
    again = amended(request, message)
    assert again is not None
    assert body(again)["contents"][1]["parts"][0]["thoughtSignature"] == SKIP


def test_all_other_states_go_as_well() -> None:
    state = own({"signature": "bad", "start": 0, "end": 2}, "text")
    said = (Reasoning("", state), Text("Hi", state=state))
    again = amended(Request(model=MODEL, turns=(Turn("assistant", said),)))
    assert again is not None
    assert body(again)["contents"][1]["parts"] == [{"text": "Hi"}]


def test_what_has_no_state_stays_as_it_is() -> None:
    request = Request(model=MODEL, turns=(Turn("assistant", (Refusal("No."), Text("Hi"))),))
    assert amended(request) is None


def test_a_model_of_unknown_age_gets_the_stand_in_once_it_asks_for_it() -> None:
    request = Request(model="tunedModels/mine", turns=(call_with(None),))
    again = amended(request)
    assert again is not None
    assert body(again)["contents"][1]["parts"][0]["thoughtSignature"] == SKIP


def test_what_has_been_amended_is_not_amended_again() -> None:
    again = amended(Request(model=MODEL, turns=(call_with(None),)))
    assert again is not None and amended(again) is None


def test_other_refusals_are_not_amended() -> None:
    request = Request(model=MODEL, turns=(call_with(own({"signature": "s"})),))
    assert amended(request, "Invalid value at temperature") is None
    limited = failure(ErrorKind.RATE_LIMIT, REFUSED, status=429)
    assert GEMINI.amend(request, limited) is None
