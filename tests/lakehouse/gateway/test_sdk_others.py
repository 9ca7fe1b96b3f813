"""OpenAI's Python SDK, unmodified: embeddings and models."""

import base64
import struct

import pytest
from openai import NotFoundError, OpenAI

from tests.lakehouse.gateway.house import LISTED
from tests.upstreams.openai import OpenAIServer

MODEL = "openai_compatible/embed-test"


def test_embeddings_are_numbers_in_the_order_of_the_texts(
    sdk: OpenAI, upstream: OpenAIServer
) -> None:
    answer = sdk.embeddings.create(model=MODEL, input=["one", "two", "three"])
    assert [entry.embedding for entry in answer.data] == [[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]
    assert [entry.index for entry in answer.data] == [0, 1, 2]
    assert answer.usage.prompt_tokens == 6


def test_the_sdk_asks_for_base64_by_itself_and_gets_it(sdk: OpenAI, upstream: OpenAIServer) -> None:
    raw = sdk.embeddings.with_raw_response.create(model=MODEL, input="one")
    sent = raw.http_response.json()["data"][0]["embedding"]
    assert struct.unpack("<2f", base64.b64decode(sent)) == (0.0, 1.0)
    assert raw.parse().data[0].embedding == [0.0, 1.0]


def test_embeddings_as_floats_when_asked(sdk: OpenAI, upstream: OpenAIServer) -> None:
    answer = sdk.embeddings.create(model=MODEL, input=["one"], encoding_format="float")
    assert answer.data[0].embedding == [0.0, 1.0]


def test_tokens_are_embedded_too(sdk: OpenAI, upstream: OpenAIServer) -> None:
    answer = sdk.embeddings.create(model=MODEL, input=[[1, 2, 3], [4, 5]], dimensions=2)
    assert len(answer.data) == 2
    assert upstream.last.json["input"] == [[1, 2, 3], [4, 5]]
    assert upstream.last.json["dimensions"] == 2


def test_models_are_listed_under_their_providers(sdk: OpenAI) -> None:
    listed = {model.id: model.owned_by for model in sdk.models.list()}
    assert listed["openai_compatible/gpt-test"] == "openai_compatible"
    assert listed["openrouter/anthropic/claude-test"] == "openrouter"


def test_one_model_is_retrieved_by_its_id(sdk: OpenAI) -> None:
    for name in ("openai_compatible/gpt-test", "openrouter/anthropic/claude-test"):
        assert sdk.models.retrieve(name).id == name


def test_an_unknown_model_is_not_found(sdk: OpenAI) -> None:
    with pytest.raises(NotFoundError) as raised:
        sdk.models.retrieve("openai_compatible/no-such")
    assert raised.value.code == "model_not_found"


def test_every_listed_model_of_echo_answers(sdk: OpenAI) -> None:
    names = [model.id for model in sdk.models.list() if model.owned_by in ("echo", "spare")]
    assert names == ["echo/echo", "spare/spare-model"]
    for name in names:
        answer = sdk.chat.completions.create(
            model=name, messages=[{"role": "user", "content": "hello"}]
        )
        assert answer.choices[0].message.content == "hello"


def test_a_switched_off_provider_lists_nothing(sdk: OpenAI) -> None:
    assert f"off/{LISTED['off'][0]}" not in {model.id for model in sdk.models.list()}
