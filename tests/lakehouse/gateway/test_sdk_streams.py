"""OpenAI's Python SDK, unmodified: streams."""

import asyncio

import pytest
from openai import APIError, APIStatusError, AsyncOpenAI, OpenAI, omit
from openai.types.chat import ChatCompletionChunk

from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, chunk, error, head, text_chunks


def stream(sdk: OpenAI, usage: bool = False) -> list[ChatCompletionChunk]:
    return list(
        sdk.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "hello"}],
            stream=True,
            stream_options={"include_usage": True} if usage else omit,
        )
    )


def text(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


def test_a_stream_gives_the_text_in_pieces(sdk: OpenAI, upstream: OpenAIServer) -> None:
    chunks = stream(sdk)
    assert text(chunks) == "Hello there"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_every_chunk_has_the_same_id_time_and_model(sdk: OpenAI, upstream: OpenAIServer) -> None:
    assert len({(c.id, c.created, c.model) for c in stream(sdk)}) == 1


def test_usage_comes_last_when_it_is_asked_for(sdk: OpenAI, upstream: OpenAIServer) -> None:
    *chunks, last = stream(sdk, usage=True)
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.total_tokens == 17
    assert all(chunk.usage is None for chunk in chunks)


def test_usage_does_not_come_unasked(sdk: OpenAI, upstream: OpenAIServer) -> None:
    assert all(chunk.choices and chunk.usage is None for chunk in stream(sdk))


def test_the_async_client_streams_too(served: Gateway, upstream: OpenAIServer) -> None:
    async def run() -> list[ChatCompletionChunk]:
        async with AsyncOpenAI(base_url=f"{served.url}/v1", api_key=served.token) as client:
            answer = await client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "hello"}], stream=True
            )
            return [chunk async for chunk in answer]

    assert text(asyncio.run(run())) == "Hello there"


def test_the_stream_helper_puts_the_answer_together(sdk: OpenAI, upstream: OpenAIServer) -> None:
    with sdk.chat.completions.stream(
        model=MODEL, messages=[{"role": "user", "content": "hello"}]
    ) as events:
        kinds = {event.type for event in events}
        final = events.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content == "Hello there"


def test_a_late_error_is_raised_in_the_middle_of_the_stream(
    sdk: OpenAI, upstream: OpenAIServer
) -> None:
    chunks = sse(head(choices=[]), chunk(content="Hel"), error("it broke"), done=False)
    upstream.next(Answer.stream(chunks))
    received: list[ChatCompletionChunk] = []
    with pytest.raises(APIError, match="it broke"):
        for each in sdk.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hello"}], stream=True
        ):
            received.append(each)
    assert text(received) == "Hel"


def test_a_cut_stream_is_raised_and_never_taken_for_an_end(
    sdk: OpenAI, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(chunk(content="Hel"), done=False)))
    with pytest.raises(APIError):
        stream(sdk)


def test_an_early_error_is_a_status_before_any_chunk(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(Answer.stream(sse(error("no such thing", "invalid_request_error"), done=False)))
    with pytest.raises(APIStatusError, match="no such thing"):
        stream(sdk)


def test_closing_a_stream_early_leaves_the_client_usable(
    sdk: OpenAI, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.stream(sse(*text_chunks(*"abcdefgh")), pause=0.05))
    answer = sdk.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "hello"}], stream=True
    )
    next(iter(answer))
    answer.close()
    assert text(stream(sdk)) == "Hello there"
