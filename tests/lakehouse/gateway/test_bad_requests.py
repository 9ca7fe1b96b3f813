"""Requests of no use below the body: keys, headers, methods, paths, sizes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.lakehouse.gateway import bare
from tests.lakehouse.gateway.bare import Reply
from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway, body
from tests.upstreams.openai import OpenAIServer

GOOD = json.dumps(body(MODEL)).encode()
LIMIT = 8 * 1024 * 1024


def head(served: Gateway, *lines: str, first: str = "POST /v1/chat HTTP/1.1") -> Reply:
    """A request of these header lines and no body."""
    return bare.send(served, "\r\n".join([first, "host: test", *lines, "", ""]).encode("latin-1"))


def envelope(reply: Reply, status: int, code: str) -> dict[str, Any]:
    assert (reply.status, reply.error["code"]) == (status, code), reply
    assert reply.headers["content-type"] == "application/json"
    assert reply.error["request_id"]
    return reply.error


# --- keys ---


@pytest.mark.parametrize(
    "line",
    [
        "x-nothing: here",
        "authorization: Bearer",
        "authorization: Bearer ",
        "authorization: Basic bGg6eA==",
        "authorization: lh_bare",
        "authorization: Bearer lh_wrong",
        "authorization: Bearer lh_\xff\xfe",
        "x-api-key: lh_wrong",
    ],
)
def test_without_a_good_key_it_is_401_that_says_how(served: Gateway, line: str) -> None:
    reply = head(served, line, "content-length: 0")
    error = envelope(reply, 401, "invalid_api_key")
    assert error["type"] == "authentication_error"
    assert "Authorization: Bearer lh_" in error["message"]
    assert reply.headers["www-authenticate"].startswith("Bearer")


def test_the_word_bearer_is_read_in_any_case(served: Gateway) -> None:
    reply = head(served, f"authorization: bEaReR {served.token}", first="GET /v1/models HTTP/1.1")
    assert reply.status == 200


def test_a_revoked_key_is_401(served: Gateway) -> None:
    token = served.live_key(label="revoked")
    served.rows("UPDATE gateway_apikey SET revoked_at = now() WHERE label = 'revoked'")
    with served.client(token) as client:
        served.eventually(lambda: client.get("/v1/models").status_code == 401)
        message = client.get("/v1/models").json()["error"]["message"]
    assert "not known, or was revoked" in message


def test_an_expired_key_is_401_that_says_so(served: Gateway) -> None:
    token = served.live_key(label="old", expires_at=datetime.now(UTC) + timedelta(seconds=60))
    sql = "UPDATE gateway_apikey SET expires_at = now() - interval '1 s' WHERE label = 'old'"
    served.rows(sql)
    with served.client(token) as client:
        served.eventually(lambda: client.get("/v1/models").status_code == 401)
        message = client.get("/v1/models").json()["error"]["message"]
    assert "This API key (old) has expired. Ask tests for a new one." in message


def test_a_key_that_expires_while_it_is_in_memory_is_dead_at_that_moment(served: Gateway) -> None:
    token = served.live_key(expires_at=datetime.now(UTC) + timedelta(seconds=0.6))
    with served.client(token) as client:
        served.eventually(lambda: client.get("/v1/models").status_code == 401)
        assert "has expired" in client.get("/v1/models").json()["error"]["message"]


def test_a_bad_body_without_a_key_tells_nothing_about_the_body(served: Gateway) -> None:
    with served.client("") as client:
        answer = client.post("/v1/chat", content=b"{")
    assert answer.status_code == 401


# --- paths and methods ---


@pytest.mark.parametrize("path", ["/v1/chats", "/v1/", "/v1/chat/", "/v1/chat/completions/x"])
def test_an_unknown_path_is_404(served: Gateway, path: str) -> None:
    error = envelope(bare.post(served, GOOD, path=path.encode()), 404, "not_found")
    assert path in error["message"]


@pytest.mark.parametrize("path", [b"/v1/%ff", b"/v1/%00", b"/v1/chat%0d%0ax", b"/v1/\xff"])
def test_an_odd_path_is_a_client_error(served: Gateway, path: bytes) -> None:
    reply = bare.post(served, GOOD, path=path)
    assert 400 <= reply.status < 500
    assert reply.error["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_405_that_names_the_right_one(served: Gateway, method: str) -> None:
    with served.client() as client:
        answer = client.request(method, "/v1/chat")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_posting_to_the_list_of_models_is_405(served: Gateway) -> None:
    with served.client() as client:
        answer = client.post("/v1/models", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


# --- content types ---


@pytest.mark.parametrize(
    "line",
    [
        b"content-type: application/json",
        b"content-type: Application/JSON; charset=utf-8",
        b"content-type: application/vnd.api+json",
        b"content-type: application/x-www-form-urlencoded",
        b"x-none: at all",
    ],
)
def test_json_by_any_name_is_taken(served: Gateway, upstream: OpenAIServer, line: bytes) -> None:
    assert bare.post(served, GOOD, line).status == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "json"]
)
def test_another_content_type_is_415(served: Gateway, upstream: OpenAIServer, kind: str) -> None:
    reply = bare.post(served, GOOD, f"content-type: {kind}".encode())
    error = envelope(reply, 415, "unsupported_media_type")
    assert "application/json" in error["message"]
    assert upstream.ledger == []


def test_a_compressed_body_is_415(served: Gateway, upstream: OpenAIServer) -> None:
    reply = bare.post(served, GOOD, b"content-encoding: gzip")
    envelope(reply, 415, "unsupported_media_type")


# --- headers ---


@pytest.mark.parametrize(
    "line",
    [
        "x-a: b\r\n\tfolded",
        "x a: space in the name",
        ": no name",
        "no colon at all",
        "x-nul: a\0b",
        "x-cr: a\rb",
        "content-length: -1",
        "content-length: 1x",
        "transfer-encoding: chunked\r\ncontent-length: 5",
    ],
)
def test_a_broken_header_is_a_json_400_or_harmless(served: Gateway, line: str) -> None:
    reply = head(served, f"authorization: Bearer {served.token}", line)
    assert reply.status in (400, 401), reply
    assert reply.error["message"]
    assert reply.error["request_id"]
    assert "internal_error" not in str(reply.error)


@pytest.mark.parametrize("field", ["model", "provider", "user", "profile"])
def test_line_ends_in_a_value_never_become_a_header(served: Gateway, field: str) -> None:
    sent = body("echo") | {field: "echo\r\nx-injected: 1"}
    with served.client() as client:
        answer = client.post("/v1/chat", json=sent)
    assert answer.status_code in (200, 404)
    assert "x-injected" not in answer.headers


def test_a_model_with_line_ends_is_no_header_of_the_upstreams(
    served: Gateway, upstream: OpenAIServer
) -> None:
    served.chat("openai_compatible/a\r\nx-injected: 1", temperature=0)
    assert "x-injected" not in upstream.last.headers


def test_huge_headers_are_431(served: Gateway) -> None:
    envelope(head(served, "x-big: " + "a" * 40_000), 431, "headers_too_large")


# --- sizes ---


def test_a_body_of_ten_megabytes_is_413(served: Gateway, upstream: OpenAIServer) -> None:
    reply = bare.post(served, b'{"model": "' + b"x" * 10_000_000 + b'"}')
    error = envelope(reply, 413, "request_too_large")
    assert str(LIMIT) in error["message"]
    assert upstream.ledger == []


def test_a_chunked_body_of_ten_megabytes_is_413(served: Gateway) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    first = (
        "POST /v1/chat HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n"
        f"authorization: Bearer {served.token}\r\n\r\n"
    )
    reply = bare.send(served, first.encode() + chunk * 10 + b"0\r\n\r\n")
    envelope(reply, 413, "request_too_large")


def test_a_body_just_under_the_limit_is_taken(served: Gateway, upstream: OpenAIServer) -> None:
    answer = served.chat(MODEL, user="x" * (LIMIT - 200))
    assert answer.status_code == 200
    assert len(upstream.last.body) > LIMIT - 300


def test_the_server_is_well_after_all_this(served: Gateway, upstream: OpenAIServer) -> None:
    assert served.chat(MODEL).status_code == 200
