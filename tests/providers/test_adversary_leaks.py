"""An upstream that quotes the key it was sent, in every field it has."""

import asyncio

import pytest

from providers import adapters
from providers.asking import embed
from providers.errors import ErrorKind, Failure, ProviderError, failure
from providers.messages import EmbeddingRequest
from providers.redact import redact, redacted
from providers.transport import Transport
from tests.conversation import allow, ask, converse, endpoint_for, failure_of
from tests.upstreams.base import Answer, UpstreamServer, sse

KEY = "canary-quoted-8841"
QUOTING = {"error": {"message": f"bad Bearer {KEY}", "type": KEY, "code": KEY, "param": KEY}}
ANSWERS = {
    "an error": Answer.of(QUOTING, status=400),
    "a good status": Answer.of(QUOTING),
    "a stream": Answer.stream(sse({"choices": []}, QUOTING, done=False)),
    "a long error": Answer.of({"error": {"message": "x" * 485 + KEY}}, status=400),
}


def told(refused: Failure) -> str:
    return f"{refused.message} {refused.code} {refused.param}"


@pytest.mark.parametrize("where", ANSWERS)
def test_a_quoted_key_is_in_no_part_of_a_failure(where: str) -> None:
    redact.learn(KEY)
    with UpstreamServer() as server:
        server.next(ANSWERS[where])
        refused = failure_of(
            converse(endpoint_for("openai_compatible", server), ask(), server, KEY)
        )
    assert "canary" not in told(refused)


def test_a_key_that_a_text_ends_within_is_taken_out() -> None:
    cut = redacted(failure(ErrorKind.SERVER, "bad canary-quot…"), KEY)
    assert cut.message == "bad [redacted]…"
    assert redacted(failure(ErrorKind.SERVER, "bad can…"), KEY).message == "bad can…"


def test_an_embedding_answer_that_is_an_error_does_not_quote_the_key() -> None:
    redact.learn(KEY)
    with UpstreamServer() as server, pytest.raises(ProviderError) as caught:
        server.next(Answer.of(QUOTING))
        asyncio.run(_embed(server))
    assert "canary" not in told(caught.value.failure)


async def _embed(server: UpstreamServer) -> None:
    asked = EmbeddingRequest("m", ("x",))
    adapter = adapters.get("openai_compatible")
    async with Transport(lambda: allow(server)) as transport:
        await embed(transport, adapter, endpoint_for("openai_compatible", server), asked, KEY)
