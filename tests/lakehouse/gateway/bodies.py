"""Chat bodies of no use, and what every refusal of one has in common."""

import json
from typing import Any

from tests.lakehouse.gateway import bare
from tests.lakehouse.gateway.house import MODEL
from tests.serving import Gateway, body
from tests.upstreams.openai import OpenAIServer

USER = {"role": "user", "content": "hi"}
PNG = "data:image/png;base64,aGk="


def of(**fields: Any) -> bytes:
    """A good body with these fields."""
    return json.dumps(body(MODEL) | fields).encode()


def text(**fields: str) -> bytes:
    """The same, each field's value being JSON text."""
    more = "".join(f', "{name}": {value}' for name, value in fields.items())
    return (json.dumps(body(MODEL))[:-1] + more + "}").encode()


def said(content: str) -> bytes:
    """A body whose message's content is this JSON text."""
    message = '{"role": "user", "content": ' + content + "}"
    return f'{{"model": "{MODEL}", "messages": [{message}]}}'.encode()


def part(kind: str, **fields: Any) -> bytes:
    """A body whose message has one part."""
    return of(messages=[{"role": "user", "content": [{"type": kind, **fields}]}])


def picture(url: str) -> bytes:
    return part("image_url", image_url={"url": url})


def refused(served: Gateway, upstream: OpenAIServer, data: bytes) -> dict[str, Any]:
    """The error of a 400 that came before the upstream was asked."""
    reply = bare.post(served, data, b"content-type: application/json")
    assert reply.status == 400, reply.body[:500]
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-request-id"] == reply.error["request_id"]
    assert reply.error["type"] == "invalid_request_error"
    assert len(reply.body) < 2000
    assert upstream.ledger == []
    return reply.error
