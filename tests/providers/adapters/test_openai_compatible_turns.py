"""How a conversation becomes OpenAI's `messages`."""

from typing import Any

import pytest

from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Refusal,
    Segment,
    State,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.providers.adapters.openai_family import Family

SERVER = Family("openai_compatible", "http://localhost:8000/v1", "m")
OPENAI = Family("openai_compatible", "https://api.openai.com/v1", "gpt-5")
PNG = "data:image/png;base64,AQI="
LOOKED = Turn("assistant", (ToolCall("call_1", "look", '{"at":1}'),))
SEEN = Turn("tool", (ToolResult("call_1", "look", (Text("a cat"),)),))


def messages(*turns: Turn, family: Family = SERVER, **asked: Any) -> Any:
    options = asked.pop("options", {})
    return family.body(family.asking(turns=turns, **asked), options=options)["messages"]


def content(*parts: Part, **asked: Any) -> Any:
    return messages(Turn("user", parts), **asked)[0]["content"]


def test_several_texts_stay_parts() -> None:
    assert content(Text("a"), Text("b")) == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]


def test_several_texts_are_joined_for_a_text_only_server() -> None:
    assert content(Text("a"), Text("b"), options={"text_only": True}) == "a\nb"


def test_empty_text_is_left_out() -> None:
    assert content(Text(""), Text("b")) == "b"


def test_an_image_url_is_passed_on_with_its_detail() -> None:
    (part,) = content(Image(url="https://x.test/a.png", detail="low"))
    assert part == {
        "type": "image_url",
        "image_url": {"url": "https://x.test/a.png", "detail": "low"},
    }


def test_an_image_by_content_is_a_data_url() -> None:
    (part,) = content(Image(mime="image/png", data=b"\x01\x02"))
    assert part["image_url"] == {"url": PNG}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x.test/a.png", "//x.test/a.png"])
def test_an_image_of_another_scheme_is_refused(url: str) -> None:
    failure = SERVER.refusal(SERVER.asking(Image(url=url)))
    assert (failure.kind, failure.param) == ("unsupported", "messages")


@pytest.mark.parametrize(
    ("mime", "form"), [("audio/wav", "wav"), ("audio/x-wav", "wav"), ("audio/mpeg", "mp3")]
)
def test_audio_is_base64_with_its_format(mime: str, form: str) -> None:
    (part,) = content(Audio(mime, b"\x01\x02"))
    assert part == {"type": "input_audio", "input_audio": {"data": "AQI=", "format": form}}


def test_audio_of_another_type_is_refused() -> None:
    assert "audio/ogg" in SERVER.refusal(SERVER.asking(Audio("audio/ogg", b""))).message


def test_a_file_by_content_is_a_data_url_with_its_name() -> None:
    (part,) = content(File("a.pdf", "application/pdf", b"\x01\x02"))
    expected = {"file_data": "data:application/pdf;base64,AQI=", "filename": "a.pdf"}
    assert part == {"type": "file", "file": expected}


def test_a_file_by_id_is_passed_on() -> None:
    (part,) = content(File(file_id="file-1"))
    assert part == {"type": "file", "file": {"file_id": "file-1"}}


@pytest.mark.parametrize(
    "part", [Image(url="https://x.test/a.png"), Audio("audio/wav", b""), File(file_id="f")]
)
def test_a_text_only_server_is_sent_no_media(part: Part) -> None:
    failure = SERVER.refusal(SERVER.asking(part), options={"text_only": True})
    assert "text only" in failure.message


def test_a_name_goes_with_its_message() -> None:
    assert messages(Turn("user", (Text("a"),), name="ann"))[0]["name"] == "ann"


def test_instructions_stand_where_the_client_put_them() -> None:
    system = (Segment("late", after=1), Segment("first"), Segment("last", after=9))
    found = messages(Turn("user", (Text("a"),)), Turn("user", (Text("b"),)), system=system)
    assert [m["content"] for m in found] == ["first", "a", "late", "b", "last"]


# --- assistant ---


def test_an_assistant_that_only_calls_has_null_content() -> None:
    (message,) = messages(LOOKED)
    function = {"name": "look", "arguments": '{"at":1}'}
    assert message == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }


def test_a_call_without_arguments_is_an_empty_object() -> None:
    (message,) = messages(Turn("assistant", (ToolCall("call_1", "look", ""),)))
    assert message["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_refusal_is_text_for_a_compatible_server() -> None:
    (message,) = messages(Turn("assistant", (Refusal("I will not."),)))
    assert message == {"role": "assistant", "content": "I will not."}


def test_a_refusal_is_a_field_for_openai_itself() -> None:
    (message,) = messages(Turn("assistant", (Refusal("I will not."),)), family=OPENAI)
    assert message["refusal"] == "I will not."


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_goes_back_under_the_name_that_was_seen(field: str) -> None:
    state = State("openai_compatible:m", field, "hm")
    (message,) = messages(Turn("assistant", (Reasoning("", state), *LOOKED.parts)))
    assert message[field] == "hm"


@pytest.mark.parametrize(
    "state",
    [
        State("openai_compatible:other", "reasoning", "hm"),
        State("kimi:m", "reasoning", "hm"),
        State("openai_compatible:m", "tool_calls", "hm"),
        State("openai_compatible:m", "reasoning", {"not": "text"}),
        None,
    ],
)
def test_reasoning_of_another_origin_or_shape_is_left_out(state: State | None) -> None:
    (message,) = messages(Turn("assistant", (Reasoning("hm", state), Text("a"))))
    assert message == {"role": "assistant", "content": "a"}


def test_the_state_of_a_call_goes_back_with_it() -> None:
    extra = {"google": {"thought_signature": "s"}}
    state = State("openai_compatible:m", "extra_content", extra)
    (message,) = messages(Turn("assistant", (ToolCall("call_1", "look", "{}", state),)))
    assert message["tool_calls"][0]["extra_content"] == extra


# --- results ---


def test_a_result_is_a_tool_message_of_its_call() -> None:
    _, message = messages(LOOKED, SEEN)
    assert message == {"role": "tool", "tool_call_id": "call_1", "content": "a cat"}


def test_an_id_that_others_refuse_is_replaced_in_call_and_result() -> None:
    call = Turn("assistant", (ToolCall("look:0", "look", "{}"),))
    result = Turn("tool", (ToolResult("look:0", "look", (Text("a cat"),)),))
    first, second = messages(call, result)
    assert first["tool_calls"][0]["id"] == second["tool_call_id"] != "look:0"


def test_an_image_in_a_result_follows_all_results_as_a_user_message() -> None:
    calls = Turn("assistant", (ToolCall("a", "look", "{}"), ToolCall("b", "find", "{}")))
    image = Image(mime="image/png", data=b"\x01\x02")
    results = (
        Turn("tool", (ToolResult("a", "look", (Text("see"), image)),)),
        Turn("tool", (ToolResult("b", "find", (Text("here"),)),)),
    )
    found = messages(calls, *results, Turn("user", (Text("well?"),)))
    assert [m["role"] for m in found] == ["assistant", "tool", "tool", "user", "user"]
    assert found[3]["content"][1]["image_url"]["url"] == PNG


def test_results_come_before_other_content_of_their_turn() -> None:
    result = ToolResult("call_1", "look", (Text("a cat"),))
    found = messages(LOOKED, Turn("user", (Text("and now?"), result)))
    assert [m["role"] for m in found] == ["assistant", "tool", "user"]


def test_only_reasoning_is_left_out_when_the_upstream_refuses_it() -> None:
    state = State("openai_compatible:m", "reasoning", "hm")
    request = SERVER.asking(turns=(Turn("assistant", (Reasoning("hm", state), Text("a"))),))
    refused = SERVER.named(400, {"error": {"message": "messages[0].reasoning: unknown field"}})
    amended = SERVER.adapter.amend(request, refused)
    assert amended is not None
    assert amended.turns == (Turn("assistant", (Text("a"),)),)


@pytest.mark.parametrize(
    ("status", "message"),
    [(400, "temperature is wrong"), (400, "reasoning_effort: unknown"), (500, "reasoning")],
)
def test_nothing_else_is_left_out_of_a_refused_request(status: int, message: str) -> None:
    request = SERVER.asking(turns=(Turn("assistant", (Reasoning("hm"), Text("a"))),))
    refused = SERVER.named(status, {"error": {"message": message}})
    assert SERVER.adapter.amend(request, refused) is None


def test_a_request_without_reasoning_cannot_be_amended() -> None:
    refused = SERVER.named(400, {"error": {"message": "reasoning is unknown"}})
    assert SERVER.adapter.amend(SERVER.asking(), refused) is None
