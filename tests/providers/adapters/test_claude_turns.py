import pytest

from providers.errors import ErrorKind
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Refusal,
    Segment,
    Text,
    ToolCall,
    Turn,
)
from tests.providers.adapters.claude_requests import (
    CALL,
    LOOK,
    assistant,
    body,
    messages,
    newer,
    notes,
    refusal,
    request,
    result,
    roles,
    sent,
    texts,
    user,
)

LATE = (Segment("Top."), Segment("Late.", after=2))
TALK = (user("a"), assistant("b"), user("c"))
TWO_CALLS = (user("go"), assistant(CALL, ToolCall("call_2", "look", "")))


def test_neighbours_of_one_role_become_one_message() -> None:
    asked = request(user("a"), user("b"), assistant("c"), assistant("d"), user("e"))
    assert roles(asked) == ["user", "assistant", "user"]
    assert texts(messages(asked)[0]) == ["a", "b"]


def test_empty_and_blank_text_is_left_out() -> None:
    asked = request(user("", "a", " \n"), assistant(""), user("b"))
    assert roles(asked) == ["user"]
    assert texts(messages(asked)[0]) == ["a", "b"]


def test_a_conversation_that_the_assistant_begins_gets_a_user_message() -> None:
    asked = request(assistant("Hi, how can I help?"), user("a"))
    assert roles(asked) == ["user", "assistant", "user"]
    assert "first user message" in notes(asked)


def test_instructions_alone_get_a_user_message_to_answer() -> None:
    asked = request(user(""), system=(Segment("Say hello."),))
    assert roles(asked) == ["user"]


def test_blanks_at_the_end_of_a_final_assistant_message_are_cut() -> None:
    assert texts(messages(request(user("a"), assistant("b \n")))[1]) == ["b"]


def test_blanks_at_the_end_of_an_earlier_assistant_message_stay() -> None:
    assert texts(messages(request(user("a"), assistant("b "), user("c")))[1]) == ["b "]


def test_a_newer_model_refuses_to_continue_an_assistant_message() -> None:
    failure = refusal(newer(user("a"), assistant("b")))
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "messages")
    assert not failure.accepted


def test_an_earlier_refusal_is_sent_back_as_text() -> None:
    asked = request(user("a"), assistant(Refusal("I cannot.")), user("b"))
    assert texts(messages(asked)[1]) == ["I cannot."]


def test_a_speakers_name_is_reported_as_dropped() -> None:
    asked = request(Turn("user", (Text("a"),), name="bob"))
    assert sent(asked).dropped == ("messages.name",)


# --- tool calls and their results ---


def test_a_tool_call_carries_its_arguments_as_an_object() -> None:
    asked = request(user("go"), assistant("Let me see.", CALL), result(), tools=(LOOK,))
    assert messages(asked)[1]["content"] == [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": "sky"}},
    ]


def test_arguments_keep_their_own_text() -> None:
    call = ToolCall("call_1", "look", '{"n": 12345678901234567890123, "x": 1.50}')
    raw = sent(request(user("go"), assistant(call), result(), tools=(LOOK,))).body
    assert b'{"n": 12345678901234567890123, "x": 1.50}' in raw


def test_empty_arguments_are_an_empty_object() -> None:
    asked = request(*TWO_CALLS, result(), result("call_2"), tools=(LOOK,))
    assert messages(asked)[1]["content"][1]["input"] == {}


@pytest.mark.parametrize("arguments", ["[1]", "{", '"a"', "null", "[" * 5000])
def test_arguments_that_are_no_object_are_the_clients_mistake(arguments: str) -> None:
    call = ToolCall("call_1", "look", arguments)
    failure = refusal(request(user("go"), assistant(call), result(), tools=(LOOK,)))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "messages")


def test_a_result_is_a_block_of_a_user_message() -> None:
    asked = request(user("go"), assistant(CALL), result(is_error=True), tools=(LOOK,))
    assert messages(asked)[2] == {
        "role": "user",
        "content": [
            {
                "type": "tool_result",
                "tool_use_id": "call_1",
                "content": [{"type": "text", "text": "blue"}],
                "is_error": True,
            }
        ],
    }


def test_an_empty_result_has_no_content() -> None:
    asked = request(user("go"), assistant(CALL), result("call_1", Text("")), tools=(LOOK,))
    assert messages(asked)[2]["content"] == [{"type": "tool_result", "tool_use_id": "call_1"}]


def test_a_cache_hint_in_a_result_marks_the_result() -> None:
    hinted = result("call_1", Text("blue", cache_hint=True))
    block = messages(request(user("go"), assistant(CALL), hinted, tools=(LOOK,)))[2]["content"][0]
    assert block["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in block["content"][0]


def test_a_result_can_hold_an_image() -> None:
    shown = result("call_1", Image(url="https://x.test/a.png"))
    block = messages(request(user("go"), assistant(CALL), shown, tools=(LOOK,)))[2]["content"][0]
    assert block["content"][0]["type"] == "image"


def test_all_results_come_first_in_the_next_user_message() -> None:
    asked = request(
        *TWO_CALLS, result(), user("and hurry"), result("call_2"), user("please"), tools=(LOOK,)
    )
    kinds = [block["type"] for block in messages(asked)[2]["content"]]
    assert kinds == ["tool_result", "tool_result", "text", "text"]


def test_calls_come_last_in_an_assistant_message() -> None:
    asked = request(user("go"), assistant(CALL), assistant("said after"), result(), tools=(LOOK,))
    assert [block["type"] for block in messages(asked)[1]["content"]] == ["text", "tool_use"]


def test_foreign_ids_are_rewritten_alike_on_both_sides() -> None:
    call = ToolCall("functions.look:0", "look", "{}")
    asked = request(user("go"), assistant(call), result("functions.look:0"), tools=(LOOK,))
    made = messages(asked)
    new = made[1]["content"][0]["id"]
    assert new == made[2]["content"][0]["tool_use_id"] != "functions.look:0"


def test_a_call_without_its_result_is_the_clients_mistake() -> None:
    failure = refusal(request(*TWO_CALLS, result(), tools=(LOOK,)))
    assert failure.kind is ErrorKind.BAD_REQUEST
    assert "call_2" in failure.message


def test_a_call_at_the_very_end_is_the_clients_mistake() -> None:
    assert "call_1" in refusal(request(user("go"), assistant(CALL), tools=(LOOK,))).message


def test_a_result_that_answers_no_call_is_the_clients_mistake() -> None:
    failure = refusal(request(user("go"), result("call_9"), tools=(LOOK,)))
    assert (failure.kind, failure.param) == (ErrorKind.BAD_REQUEST, "messages")


# --- instructions inside the conversation ---


def test_a_late_instruction_joins_the_system_text_by_default() -> None:
    made = body(request(*TALK, system=LATE))
    assert [block["text"] for block in made["system"]] == ["Top.", "Late."]


def test_a_late_instruction_can_be_marked_in_the_next_user_message() -> None:
    made = body(request(*TALK, system=LATE), late_system="turn")
    assert [block["text"] for block in made["system"]] == ["Top."]
    assert texts(made["messages"][2]) == ["<system>\nLate.\n</system>", "c"]


def test_a_marked_instruction_at_the_end_is_a_user_message() -> None:
    late = (Segment("Late.", after=2),)
    made = messages(request(user("a"), assistant("b"), system=late), late_system="turn")
    assert texts(made[2]) == ["<system>\nLate.\n</system>"]


def test_an_option_that_names_no_place_is_refused_loudly() -> None:
    assert "late_system" in refusal(request(), late_system="turns").message


def test_a_model_with_system_turns_gets_it_after_the_next_user_message() -> None:
    made = messages(newer(*TALK, system=LATE))
    assert [message["role"] for message in made] == ["user", "assistant", "user", "system"]
    assert texts(made[3]) == ["Late."]


def test_a_system_turn_stands_before_the_answer_it_was_given_for() -> None:
    asked = newer(user("a"), assistant("b"), user("c"), system=(Segment("Now.", after=1),))
    assert roles(asked) == ["user", "system", "assistant", "user"]


def test_a_blank_late_instruction_is_no_message() -> None:
    assert roles(newer(*TALK, system=(Segment(" ", after=2),))) == ["user", "assistant", "user"]


# --- images, files and sound ---


def test_an_image_by_address_stays_an_address() -> None:
    asked = request(user(Image(url="https://x.test/a.png"), "what is it?"))
    assert messages(asked)[0]["content"][0] == {
        "type": "image",
        "source": {"type": "url", "url": "https://x.test/a.png"},
    }


def test_an_image_by_content_is_base64() -> None:
    asked = request(user(Image(mime="image/webp", data=b"abc")))
    assert messages(asked)[0]["content"][0]["source"] == {
        "type": "base64",
        "media_type": "image/webp",
        "data": "YWJj",
    }


def test_the_detail_of_an_image_is_reported_as_dropped() -> None:
    shown = Image(url="https://x.test/a.png", detail="high")
    assert sent(request(user(shown))).dropped == ("image_url.detail",)
    auto = Image(url="https://x.test/a.png", detail="auto")
    assert sent(request(user(auto))).dropped == ()


def test_a_pdf_is_a_document() -> None:
    asked = request(user(File(name="a.pdf", mime="application/pdf", data=b"%PDF")))
    assert messages(asked)[0]["content"][0] == {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
        "title": "a.pdf",
    }


def test_a_text_file_is_a_document_of_text() -> None:
    asked = request(user(File(mime="text/markdown", data="# Ä".encode())))
    assert messages(asked)[0]["content"][0]["source"] == {
        "type": "text",
        "media_type": "text/plain",
        "data": "# Ä",
    }


def test_an_image_sent_as_a_file_is_an_image() -> None:
    asked = request(user(File(mime="image/png", data=b"abc")))
    assert messages(asked)[0]["content"][0]["type"] == "image"


def test_a_file_id_is_the_vendors_own() -> None:
    asked = request(user(File(file_id="file_1")))
    assert messages(asked)[0]["content"][0]["source"] == {"type": "file", "file_id": "file_1"}


@pytest.mark.parametrize(
    "part",
    [
        Audio(mime="audio/wav", data=b"RIFF"),
        Image(mime="image/bmp", data=b"BM"),
        File(mime="application/zip", data=b"PK"),
    ],
)
def test_what_the_model_cannot_read_is_unsupported(part: Part) -> None:
    failure = refusal(request(user(part)))
    assert (failure.kind, failure.param) == (ErrorKind.UNSUPPORTED, "messages")


def test_an_image_in_an_assistant_message_is_unsupported() -> None:
    asked = request(user("a"), assistant(Image(url="https://x.test/a.png")), user("b"))
    assert refusal(asked).kind is ErrorKind.UNSUPPORTED


def test_a_tool_call_in_a_user_message_is_the_clients_mistake() -> None:
    assert refusal(request(user(CALL))).kind is ErrorKind.BAD_REQUEST
