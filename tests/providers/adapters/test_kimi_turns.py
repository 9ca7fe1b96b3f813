"""Kimi's conversation: reasoning beside every earlier call, no empty text, fewer media."""

from typing import Any

import pytest

from providers.adapters.kimi.body import CODING_BODY_LIMIT
from providers.errors import ErrorKind
from providers.messages import (
    Audio,
    File,
    Image,
    Part,
    Reasoning,
    Segment,
    State,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.providers.adapters.openai_family import Family

CODING = Family("kimi", "https://api.kimi.com/coding/v1", "kimi-for-coding")
PLATFORM = Family("kimi", "https://api.moonshot.ai/v1", "kimi-k2.6")
OFF = Thinking(effort="none")
CALL = ToolCall("call_1", "look", "{}")


def assistant(*parts: Part, **asked: Any) -> Any:
    turns = (Turn("assistant", parts),)
    return CODING.body(CODING.asking(turns=turns, **asked))["messages"][0]


def test_a_developer_is_a_system() -> None:
    body = CODING.body(CODING.asking(system=(Segment("brief", role="developer"),)))
    assert body["messages"][0]["role"] == "system"


def test_a_message_of_calls_alone_has_no_content() -> None:
    assert "content" not in assistant(CALL)
    assert assistant(Text("a"), CALL)["content"] == "a"


def test_an_earlier_call_says_what_was_thought_if_only_nothing() -> None:
    assert assistant(CALL)["reasoning_content"] == ""


def test_reasoning_that_was_kept_goes_back_with_its_call() -> None:
    state = State("kimi:kimi-for-coding", "reasoning_content", "hm")
    assert assistant(Reasoning("shown", state), CALL)["reasoning_content"] == "hm"


def test_reasoning_that_the_client_kept_as_text_will_do() -> None:
    assert assistant(Reasoning("hm"), CALL)["reasoning_content"] == "hm"


def test_reasoning_of_another_origin_is_left_out() -> None:
    state = State("kimi:other", "reasoning_content", "hm")
    assert assistant(Reasoning("", state), CALL)["reasoning_content"] == ""


def test_without_thinking_nothing_is_said_of_it() -> None:
    assert "reasoning_content" not in assistant(CALL, thinking=OFF)


def test_an_answer_without_calls_needs_no_reasoning() -> None:
    assert assistant(Reasoning("hm"), Text("a")) == {"role": "assistant", "content": "a"}


def test_kimis_own_ids_are_replaced_on_the_way_back() -> None:
    call = Turn("assistant", (ToolCall("look:0", "look", "{}"),))
    result = Turn("tool", (ToolResult("look:0", "look", (Text("a cat"),)),))
    first, second = CODING.body(CODING.asking(turns=(call, result)))["messages"]
    assert first["tool_calls"][0]["id"] == second["tool_call_id"] != "look:0"


@pytest.mark.parametrize("url", ["https://x.test/a.png", "ms://file-1"])
def test_an_image_url_is_passed_on(url: str) -> None:
    body = CODING.body(CODING.asking(Image(url=url)))
    assert body["messages"][0]["content"] == [{"type": "image_url", "image_url": {"url": url}}]


@pytest.mark.parametrize(
    ("part", "word"),
    [
        (Image(mime="image/svg+xml", data=b"<svg/>"), "SVG"),
        (Image(url="file:///a"), "URL"),
        (Audio("audio/wav", b""), "audio"),
        (File("a.pdf", "application/pdf", b""), "files"),
    ],
)
def test_a_part_that_kimi_refuses_is_refused_here(part: Part, word: str) -> None:
    failure = CODING.refusal(CODING.asking(part))
    assert failure.kind is ErrorKind.UNSUPPORTED
    assert word in failure.message


def test_a_body_over_two_mebibytes_is_not_sent_to_the_coding_plan() -> None:
    big = CODING.asking(Text("x" * CODING_BODY_LIMIT))
    failure = CODING.refusal(big)
    assert (failure.kind, failure.accepted) == (ErrorKind.TOO_LARGE, False)
    assert "2097152" in failure.message


def test_the_platform_takes_larger_bodies() -> None:
    big = PLATFORM.asking(Text("x" * CODING_BODY_LIMIT))
    assert len(PLATFORM.sent(big).body) > CODING_BODY_LIMIT


def test_a_request_is_never_amended() -> None:
    refused = CODING.named(400, {"error": {"message": "reasoning_content is missing"}})
    request = CODING.asking(turns=(Turn("assistant", (Reasoning("hm"), CALL)),))
    assert CODING.adapter.amend(request, refused) is None
