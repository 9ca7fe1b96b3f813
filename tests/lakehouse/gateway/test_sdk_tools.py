"""OpenAI's Python SDK, unmodified: tools, asked for, answered and streamed."""

from collections.abc import Iterable

from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tests.lakehouse.gateway.house import MODEL
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, call, chunk, document, usage_chunk

TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "What the weather is",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]
QUESTION: ChatCompletionMessageParam = {"role": "user", "content": "Weather in Oslo?"}
ARGUMENTS = '{"city": "Oslo"}'
CALLING = document(None, "tool_calls", tool_calls=[call(None, "call_1", "weather", ARGUMENTS)])


def streamed_calls(*pieces: object) -> Answer:
    calls = [chunk(tool_calls=[piece]) for piece in pieces]
    return Answer.stream(sse(*calls, chunk("tool_calls"), usage_chunk()))


def test_a_tool_call_is_typed(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(CALLING))
    choice = sdk.chat.completions.create(model=MODEL, messages=[QUESTION], tools=TOOLS).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert choice.message.tool_calls is not None
    (called,) = choice.message.tool_calls
    assert called.type == "function"
    assert (called.id, called.function.name) == ("call_1", "weather")
    assert called.function.arguments == ARGUMENTS


def test_the_tools_reach_the_provider_as_they_are(sdk: OpenAI, upstream: OpenAIServer) -> None:
    sdk.chat.completions.create(model=MODEL, messages=[QUESTION], tools=TOOLS, tool_choice="auto")
    assert upstream.last.json["tools"] == TOOLS
    assert upstream.last.json["tool_choice"] == "auto"


def test_a_second_turn_sends_the_call_and_its_result(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(CALLING))
    asked = sdk.chat.completions.create(model=MODEL, messages=[QUESTION], tools=TOOLS)
    messages: Iterable[ChatCompletionMessageParam] = [
        QUESTION,
        asked.choices[0].message,  # type: ignore[list-item]  # as its own examples do
        {"role": "tool", "tool_call_id": "call_1", "content": "It rains."},
    ]
    answer = sdk.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
    assert answer.choices[0].message.content == "Hello there"
    _, called, result = upstream.last.json["messages"]
    assert called["tool_calls"][0]["function"] == {"name": "weather", "arguments": ARGUMENTS}
    assert (result["tool_call_id"], result["content"]) == ("call_1", "It rains.")


def test_streamed_arguments_come_in_pieces(sdk: OpenAI, upstream: OpenAIServer) -> None:
    pieces = [
        call(0, "call_1", "weather"),
        call(0, arguments='{"city":'),
        call(0, arguments=' "Oslo"}'),
    ]
    upstream.next(streamed_calls(*pieces))
    with sdk.chat.completions.stream(model=MODEL, messages=[QUESTION], tools=TOOLS) as events:
        done = [event for event in events if event.type == "tool_calls.function.arguments.done"]
        final = events.get_final_completion()
    assert [(event.name, event.arguments) for event in done] == [("weather", ARGUMENTS)]
    assert final.choices[0].finish_reason == "tool_calls"


def test_calls_side_by_side_keep_their_places(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(
        streamed_calls(
            call(0, "call_1", "weather", '{"city": "Oslo"}'),
            call(1, "call_2", "weather", '{"city": "Bergen"}'),
        )
    )
    with sdk.chat.completions.stream(model=MODEL, messages=[QUESTION], tools=TOOLS) as events:
        message = events.get_final_completion().choices[0].message
    assert message.tool_calls is not None
    assert [c.id for c in message.tool_calls] == ["call_1", "call_2"]
    assert [c.function.arguments for c in message.tool_calls] == [
        '{"city": "Oslo"}',
        '{"city": "Bergen"}',
    ]


def test_the_sdk_streams_a_tool_call_of_echo_and_answers_it(sdk: OpenAI) -> None:
    with sdk.chat.completions.stream(model="echo", messages=[QUESTION], tools=TOOLS) as events:
        message = events.get_final_completion().choices[0].message
    assert message.tool_calls is not None
    result: ChatCompletionMessageParam = {
        "role": "tool",
        "tool_call_id": message.tool_calls[0].id,
        "content": "It rains.",
    }
    answer = sdk.chat.completions.create(
        model="echo",
        messages=[QUESTION, message, result],  # type: ignore[list-item]  # as its own examples do
        tools=TOOLS,
    )
    assert answer.choices[0].message.content == "It rains."
