"""OpenAI's Python SDK, unmodified: its exceptions and its retries, led by what we answer."""

import time

import pytest
from openai import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    OpenAI,
    PermissionDeniedError,
    RateLimitError,
)

from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, error

LIMITED = error("slow down", "requests", "rate_limit_exceeded")


def ask(sdk: OpenAI, model: str = MODEL, **fields: object) -> str | None:
    answer = sdk.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "hello"}], extra_body=fields
    )
    return answer.choices[0].message.content


def test_a_wrong_key_is_an_authentication_error(served: Gateway) -> None:
    with (
        OpenAI(base_url=f"{served.url}/v1", api_key="lh_wrong") as client,
        pytest.raises(AuthenticationError) as raised,
    ):
        ask(client)
    assert raised.value.code == "invalid_api_key"


def test_an_unknown_model_is_a_not_found_error(sdk: OpenAI) -> None:
    with pytest.raises(NotFoundError) as raised:
        ask(sdk, "gpt-tset")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


def test_an_unknown_field_is_a_bad_request_error(sdk: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="Did you mean temperature") as raised:
        ask(sdk, temprature=1)
    assert (raised.value.code, raised.value.param) == ("unknown_field", "temprature")


def test_a_forbidden_provider_is_a_permission_denied_error(served: Gateway) -> None:
    token = served.live_key(allowed_providers=["spare"])
    with (
        OpenAI(base_url=f"{served.url}/v1", api_key=token) as client,
        pytest.raises(PermissionDeniedError) as raised,
    ):
        ask(client)
    assert raised.value.code == "provider_not_allowed"


def test_a_provider_that_fails_is_an_internal_server_error(sdk: OpenAI) -> None:
    with pytest.raises(InternalServerError) as raised:
        ask(sdk, "fail-protocol")
    assert raised.value.status_code == 502


def test_an_error_names_the_request_that_the_ledger_has(served: Gateway, sdk: OpenAI) -> None:
    with pytest.raises(APIStatusError) as raised:
        ask(sdk, "fail-bad_request")
    assert raised.value.request_id is not None
    assert served.call(raised.value.request_id)["error_kind"] == "bad_request"
    assert raised.value.body is not None


def test_retry_after_is_obeyed_and_the_second_try_answers(
    sdk: OpenAI, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(LIMITED, status=429, headers={"retry-after": "1"}))
    started = time.monotonic()
    assert ask(sdk) == "Hello there"
    assert time.monotonic() - started >= 1
    assert len(upstream.ledger) == 2


def test_a_rate_limit_that_stays_is_a_rate_limit_error(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(LIMITED, status=429, headers={"retry-after": "7"}))
    with pytest.raises(RateLimitError) as raised:
        ask(sdk.with_options(max_retries=0))
    assert raised.value.response.headers["retry-after"] == "7"
    assert raised.value.code == "rate_limit_exceeded"


@pytest.mark.parametrize("kind", ["quota", "auth", "protocol", "gate", "billing"])
def test_what_another_try_cannot_mend_is_not_tried_again(sdk: OpenAI, kind: str) -> None:
    with pytest.raises(APIStatusError) as raised:
        ask(sdk, f"fail-{kind}")
    assert raised.value.response.headers["x-should-retry"] == "false"


def test_x_should_retry_false_keeps_the_sdk_from_paying_twice(
    sdk: OpenAI, upstream: OpenAIServer
) -> None:
    upstream.next(Answer.of(error("wrong key", "invalid_api_key"), status=401))
    with pytest.raises(InternalServerError) as raised:
        ask(sdk)
    assert raised.value.code == "provider_auth"
    assert len(upstream.ledger) == 1


def test_an_overloaded_provider_is_asked_again(sdk: OpenAI, upstream: OpenAIServer) -> None:
    upstream.next(Answer.of(error("overloaded", "server_error"), status=503))
    assert ask(sdk) == "Hello there"
    assert len(upstream.ledger) == 2
