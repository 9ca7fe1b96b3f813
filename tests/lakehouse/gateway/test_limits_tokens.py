"""Tokens that nobody told us: estimated from what was sent and what came."""

import base64
import json

import pytest

from lakehouse.gateway.dialect.answer import Answer
from lakehouse.gateway.limits import tokens
from providers.events import End, Event, ReasoningDelta, TextDelta, ToolArgs, UsageReport
from providers.messages import Image, Request, Segment, Text, ToolCall, ToolResult, Turn, Usage

PART = ToolResult("1", "f", (Text("x" * 40),))
REQUEST = Request(
    "m",
    (Turn("user", (Text("x" * 40),)), Turn("assistant", (ToolCall("1", "f", "x" * 39),))),
    (Segment("x" * 40),),
)  # 40 tokens with what `PART` adds


def answer(*events: Event) -> Answer:
    made = Answer()
    for event in events:
        made.add(event)
    return made


def asked(*turns: Turn) -> Request:
    return Request("m", turns)


def test_what_is_sent_is_a_token_for_four_characters() -> None:
    with_result = Request("m", (*REQUEST.turns, Turn("tool", (PART,))), REQUEST.system)
    assert (tokens.of_request(REQUEST), tokens.of_request(with_result)) == (30, 40)


def test_an_image_is_not_counted_by_its_size() -> None:
    picture = base64.b64encode(b"p" * 300_000).decode()
    parts = [{"image_url": {"url": f"data:image/png;base64,{picture}"}}] * 2
    body = json.dumps({"messages": [{"content": parts}]}).encode()
    assert 2 * tokens.ATTACHED < tokens.of_body(body) < 2 * tokens.ATTACHED + 100
    image = asked(Turn("user", (Image(mime="image/png", data=b"p" * 300_000),)))
    assert tokens.of_request(image) == tokens.ATTACHED


def test_what_the_provider_reported_is_believed() -> None:
    told = answer(TextDelta("x" * 400), UsageReport(Usage(7, output=3)), End())
    assert tokens.used(told, REQUEST, "complete") == Usage(7, output=3)


@pytest.mark.parametrize("outcome", ["client_closed", "shutdown", "incomplete"])
def test_a_stream_that_was_cut_counts_what_was_sent_and_what_came(outcome: str) -> None:
    cut = answer(TextDelta("x" * 20), ReasoningDelta("x" * 10), ToolArgs(0, "x" * 10))
    cut.unkept = 40
    assert tokens.used(cut, REQUEST, outcome) == Usage(30, output=20)


def test_one_that_told_its_prompt_first_keeps_that() -> None:
    cut = answer(UsageReport(Usage(500, output=1)), TextDelta("x" * 40))
    assert tokens.used(cut, REQUEST, "client_closed") == Usage(500, output=10)


def test_a_try_that_gave_nothing_used_nothing() -> None:
    assert tokens.used(answer(), REQUEST, "failed") == Usage()
    assert tokens.used(answer(), None, "client_closed") == Usage()  # it was not sent yet
