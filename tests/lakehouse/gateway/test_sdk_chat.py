"""OpenAI's Python SDK, unmodified: whole answers, their fields and their headers."""

import asyncio

from openai import AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, document


class Place(BaseModel):
    city: str
    people: int


def ask(sdk: OpenAI, text: str = "hello") -> ChatCompletion:
    return sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": text}])


def test_a_whole_answer_is_a_completion(sdk: OpenAI, upstream: OpenAIServer) -> None:
    answer = ask(sdk)
    assert answer.choices[0].message.content == "Hello there"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "stop"


def test_the_usage_is_typed_with_its_details(sdk: OpenAI, upstream: OpenAIServer) -> None:
    usage = ask(sdk).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (12, 5, 17)
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 4
    assert usage.completion_tokens_details is not None
    assert usage.completion_tokens_details.reasoning_tokens == 3


def test_the_async_client_gets_the_same(served: Gateway, upstream: OpenAIServer) -> None:
    async def run() -> ChatCompletion:
        async with AsyncOpenAI(base_url=f"{served.url}/v1", api_key=served.token) as client:
            return await client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "hello"}]
            )

    assert asyncio.run(run()).choices[0].message.content == "Hello there"


def test_many_async_calls_at_once_are_all_answered(served: Gateway, upstream: OpenAIServer) -> None:
    async def run() -> list[ChatCompletion]:
        async with AsyncOpenAI(base_url=f"{served.url}/v1", api_key=served.token) as client:
            one = client.chat.completions.create
            calls = [
                one(model="echo", messages=[{"role": "user", "content": f"number {i}"}])
                for i in range(40)
            ]
            return await asyncio.gather(*calls)

    said = [answer.choices[0].message.content for answer in asyncio.run(run())]
    assert said == [f"number {i}" for i in range(40)]


def test_an_answer_goes_back_as_it_came(sdk: OpenAI, upstream: OpenAIServer) -> None:
    first = ask(sdk)
    sdk.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "user", "content": "hello"},
            first.choices[0].message,  # type: ignore[list-item]  # as its own examples do
            {"role": "user", "content": "and then?"},
        ],
    )
    roles = [message["role"] for message in upstream.last.json["messages"]]
    assert roles == ["user", "assistant", "user"]


def test_parse_gives_the_asked_type(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document('{"city": "Oslo", "people": 700000}')))
    answer = sdk.chat.completions.parse(
        model=MODEL, messages=[{"role": "user", "content": "Oslo"}], response_format=Place
    )
    assert answer.choices[0].message.parsed == Place(city="Oslo", people=700000)
    asked = upstream.last.json["response_format"]
    assert asked["type"] == "json_schema"
    assert asked["json_schema"]["strict"] is True
    assert set(asked["json_schema"]["schema"]["properties"]) == {"city", "people"}


def test_a_refusal_is_no_parsed_answer(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(document(None, refusal="I will not.")))
    answer = sdk.chat.completions.parse(
        model=MODEL, messages=[{"role": "user", "content": "Oslo"}], response_format=Place
    )
    assert answer.choices[0].message.refusal == "I will not."
    assert answer.choices[0].message.parsed is None


def test_a_raw_response_shows_who_answered(sdk: OpenAI, upstream: OpenAIServer) -> None:
    raw = sdk.chat.completions.with_raw_response.create(
        model=MODEL, messages=[{"role": "user", "content": "hello"}]
    )
    assert raw.headers["x-lakehouse-provider"] == "openai_compatible"
    assert raw.headers["x-lakehouse-attempts"] == "1"
    assert raw.request_id == raw.headers["x-request-id"]
    assert raw.parse().choices[0].message.content == "Hello there"


def test_fields_of_ours_go_in_extra_body(sdk: OpenAI, upstream: OpenAIServer) -> None:
    answer = sdk.chat.completions.create(
        model="whatever-it-has",
        messages=[{"role": "user", "content": "hello"}],
        extra_body={"provider": "openai_compatible", "strict": True},
    )
    assert answer.choices[0].message.content == "Hello there"
    assert upstream.last.json["model"] == "whatever-it-has"


def test_reasoning_text_is_a_further_field_of_the_message(
    sdk: OpenAI, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(document(reasoning_content="Let me see.")))
    message = ask(sdk).choices[0].message
    assert message.model_extra is not None
    assert message.model_extra["reasoning_content"] == "Let me see."


def test_several_choices_keep_their_numbers(sdk: OpenAI, upstream: OpenAIServer) -> None:
    both = document("one")
    both["choices"].append(document("two")["choices"][0] | {"index": 1})
    upstream.next(Answer.of(both))
    answer = sdk.chat.completions.create(
        model=MODEL, n=2, messages=[{"role": "user", "content": "hello"}]
    )
    assert [(c.index, c.message.content) for c in answer.choices] == [(0, "one"), (1, "two")]
    assert upstream.last.json["n"] == 2
