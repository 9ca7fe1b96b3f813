"""The one table from an error's kind to what a client sees, for every kind there is."""

import pytest

from providers.errors import ErrorKind
from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway, body
from tests.upstreams.base import Answer
from tests.upstreams.openai import OpenAIServer, error

# kind: status, type, code, whether OpenAI's SDKs may send it again
TABLE = {
    "auth": (502, "server_error", "provider_auth", False),
    "permission": (403, "permission_error", "provider_permission", False),
    "gate": (403, "permission_error", "provider_gate", False),
    "billing": (402, "invalid_request_error", "provider_billing", False),
    "quota": (429, "rate_limit_error", "provider_quota", False),
    "rate_limit": (429, "rate_limit_error", "rate_limit_exceeded", True),
    "overloaded": (503, "server_error", "provider_overloaded", True),
    "context_length": (400, "invalid_request_error", "context_length_exceeded", False),
    "content_filter": (400, "invalid_request_error", "content_filter", False),
    "bad_request": (400, "invalid_request_error", "invalid_request", False),
    "unsupported": (400, "invalid_request_error", "unsupported_parameter", False),
    "model_not_found": (404, "invalid_request_error", "model_not_found", False),
    "too_large": (413, "invalid_request_error", "request_too_large", False),
    "timeout": (504, "server_error", "provider_timeout", True),
    "server": (502, "server_error", "provider_error", True),
    "protocol": (502, "server_error", "provider_protocol", False),
    "cancelled": (502, "server_error", "provider_cancelled", False),
    "unreachable": (502, "server_error", "provider_unreachable", True),
    "egress": (502, "server_error", "egress_refused", False),
    "secret": (503, "server_error", "provider_secret_missing", False),
    "busy": (503, "server_error", "provider_busy", True),
}
every_kind = pytest.mark.parametrize("kind", [kind.value for kind in ErrorKind])


@every_kind
def test_a_failure_of_this_kind_is_answered(served: Gateway, kind: str) -> None:
    answer = served.chat(f"fail-{kind}")
    shown = answer.json()["error"]
    status, error_type, code, again = TABLE[kind]
    assert (answer.status_code, shown["type"], shown["code"]) == (status, error_type, code)
    assert answer.headers["x-should-retry"] == ("true" if again else "false")
    assert shown["kind"] == kind


@every_kind
def test_a_stream_that_fails_early_is_answered_the_same(served: Gateway, kind: str) -> None:
    whole = served.chat(f"fail-{kind}")
    streamed = served.chat(f"fail-{kind}", stream=True)
    assert streamed.status_code == whole.status_code
    assert streamed.headers["content-type"] == "application/json"
    assert "[DONE]" not in streamed.text


@every_kind
def test_a_failure_of_this_kind_is_recorded_once(served: Gateway, kind: str) -> None:
    call_id = served.chat(f"fail-{kind}").headers["x-request-id"]
    row = served.call(call_id)
    assert (row["outcome"], row["status"], row["error_kind"]) == ("failed", TABLE[kind][0], kind)
    (attempt,) = served.attempts(call_id)
    assert (attempt["outcome"], attempt["error_kind"]) == ("failed", kind)


def test_the_envelope_is_openais(served: Gateway) -> None:
    answer = served.chat("fail-server")
    assert set(answer.json()) == {"error"}
    shown = answer.json()["error"]
    assert set(shown) == {"message", "type", "code", "param", "request_id", "kind"}
    assert shown["request_id"] == answer.headers["x-request-id"]


def test_an_upstreams_field_at_fault_is_passed_on(served: Gateway, upstream: OpenAIServer) -> None:
    refusal = error("Invalid value for stop", "invalid_request_error", "invalid_value")
    refusal["error"]["param"] = "stop"
    upstream.next(Answer.of(refusal, status=400))
    shown = served.chat(MODEL, stop=["x"]).json()["error"]
    assert (shown["code"], shown["param"]) == ("invalid_request", "stop")


def test_an_unsupported_field_of_an_adapter_is_named(served: Gateway) -> None:
    answer = served.chat("echo", n=3)
    shown = answer.json()["error"]
    assert (answer.status_code, shown["code"], shown["param"]) == (
        400,
        "unsupported_parameter",
        "n",
    )


def test_retry_after_is_whole_seconds_and_at_least_one(
    served: Gateway, upstream: OpenAIServer
) -> None:
    limited = error("slow down", "requests", "rate_limit_exceeded")
    upstream.next(Answer.of(limited, status=429, headers={"retry-after": "0.2"}))
    assert served.chat(MODEL).headers["retry-after"] == "1"


def test_a_key_that_an_upstream_quotes_goes_nowhere(
    served: Gateway, upstream: OpenAIServer
) -> None:
    secret = upstream_key(served, upstream)
    upstream.next(Answer.of(error(f"the key {secret} is not mine"), status=400))
    answer = served.chat(MODEL)
    row = served.call(answer.headers["x-request-id"])
    (attempt,) = served.attempts(row["id"])
    assert "is not mine" in answer.text
    assert secret not in answer.text + str(dict(answer.headers)) + str(row) + str(attempt)


def upstream_key(served: Gateway, upstream: OpenAIServer) -> str:
    with served.client() as client:
        client.post("/v1/chat", json=body(MODEL))
    return upstream.last.headers["authorization"].removeprefix("Bearer ")
