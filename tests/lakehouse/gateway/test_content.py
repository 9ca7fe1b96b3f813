"""Prompts and answers in the ledger, where a setting asks for them."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.serving import Gateway, gateway, registry
from tests.upstreams.base import Answer, sse
from tests.upstreams.openai import OpenAIServer, chunk, document

MODEL = "openai_compatible/m"


@pytest.fixture(scope="module")
def keeping(
    shared_upstream: OpenAIServer,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Gateway]:
    folder, providers = (
        tmp_path_factory.mktemp("keep"),
        registry({"openai_compatible": shared_upstream}),
    )
    settings = {"LAKEHOUSE_STORE_CONTENT": "true"}
    with django_db_blocker.unblock(), gateway(folder, providers, settings=settings) as made:
        yield made


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_prompt_and_its_answer_are_stored(
    keeping: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    answer = keeping.chat(MODEL, "what is up?", stream=stream)
    row = keeping.call(answer.headers["x-request-id"])
    assert row["request_body"]["messages"] == [{"role": "user", "content": "what is up?"}]
    assert row["answer_text"] == "Hello there"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_nul_in_an_answer_is_stored_as_a_replacement(
    keeping: Gateway, upstream: OpenAIServer, stream: bool
) -> None:
    upstream.next(
        Answer.stream(sse(chunk(content="a\0b"), chunk("stop")))
        if stream
        else Answer.of(document("a\0b"))
    )
    answer = keeping.chat(MODEL, stream=stream)
    assert keeping.call(answer.headers["x-request-id"])["answer_text"] == "a\ufffdb"


def test_a_prompt_that_failed_is_stored_too(keeping: Gateway, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of({}, status=500))
    row = keeping.call(keeping.chat(MODEL, "and now?").headers["x-request-id"])
    assert row["request_body"]["messages"][0]["content"] == "and now?"
    assert row["answer_text"] is None
