"""Counting a request's bytes and seconds before Django sees it.

The server has no body deadline and Django would spool any body to disk before a view
could refuse it (hazards: streams and servers).
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from lakehouse.errors import ApiError
from lakehouse.gateway.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class ClientGone(Exception):
    """The client left before its request was complete."""


def announced_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


async def read_body(scope: Scope, receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body. Raises ApiError 413 or 408, or ClientGone."""
    if (announced_length(scope) or 0) > limit:
        raise too_large(limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                piece = message.get("body", b"")
                size += len(piece)
                if size > limit:
                    raise too_large(limit)
                pieces.append(piece)
                if not message.get("more_body", False):
                    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
    except TimeoutError:
        raise ApiError(
            408,
            "request_timeout",
            f"The request's body did not arrive within {seconds:g} s. Send it again, faster.",
            headers={"connection": "close"},
        ) from None


def too_large(limit: int) -> ApiError:
    return ApiError(
        413,
        "request_too_large",
        f"The request's body is larger than {limit} bytes. Send less; images can be sent as URLs. "
        "LAKEHOUSE_MAX_BODY sets the limit.",
        headers={"connection": "close"},
        retry=False,
    )


async def send_error(send: Send, error: ApiError) -> None:
    headers = {"content-type": "application/json", **error.all_headers()}
    body = error.body(str(new_id()))
    await send(
        {
            "type": "http.response.start",
            "status": error.status,
            "headers": [
                (b"content-length", str(len(body)).encode()),
                *((k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


def guarded(app: App, limit: int, seconds: float) -> App:
    """An ASGI app behind the same limits as the chat paths: it gets the body in one piece."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await read_body(scope, receive, limit, seconds)
        except ApiError as error:
            return await send_error(send, error)
        except ClientGone:
            return None
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        return await app(scope, replay, send)

    return wrapped
