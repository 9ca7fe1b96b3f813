"""The ASGI guard by itself: bytes and seconds are counted before anyone else sees a request."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from lakehouse.errors import ApiError
from lakehouse.gateway.guard import ClientGone, Message, Scope, guarded, read_body


def piece(data: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


class Client:
    """What a server hands over of one client: its messages, then silence."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self.messages = list(messages)
        self.received: list[Message] = []

    async def receive(self) -> Message:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Message) -> None:
        self.received.append(message)

    @property
    def status(self) -> int:
        return int(self.received[0]["status"])

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.received[1]["body"])["error"]
        return found


def scope(*headers: tuple[bytes, bytes]) -> Scope:
    return {"type": "http", "headers": list(headers)}


def read(*messages: Message, headers: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    return asyncio.run(read_body(scope(*headers), Client(messages).receive, 10, 0.05))


def refused(*messages: Message, headers: Iterable[tuple[bytes, bytes]] = ()) -> ApiError:
    with pytest.raises(ApiError) as raised:
        read(*messages, headers=headers)
    return raised.value


def test_pieces_are_joined() -> None:
    assert read(piece(b"abc", more=True), piece(b"def", more=True), piece(b"")) == b"abcdef"


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    assert read(piece(b"0123456789")) == b"0123456789"


def test_one_byte_more_is_413() -> None:
    assert refused(piece(b"01234567890")).status == 413
    assert refused(piece(b"01234567", more=True), piece(b"890")).status == 413


def test_an_announced_length_is_refused_before_a_byte_is_read() -> None:
    assert refused(headers=[(b"content-length", b"11")]).status == 413


@pytest.mark.parametrize("value", [b"", b"-1", b"ten", b"1e9", b"\xb2"])
def test_an_announced_length_that_is_no_number_is_passed_over(value: bytes) -> None:
    assert read(piece(b"abc"), headers=[(b"content-length", value)]) == b"abc"


def test_a_body_that_does_not_arrive_is_408() -> None:
    assert refused(piece(b"abc", more=True)).status == 408


def test_a_client_that_leaves_is_gone() -> None:
    with pytest.raises(ClientGone):
        read(piece(b"abc", more=True), {"type": "http.disconnect"})


# --- around an app ---


async def sees_all(scope: Scope, receive: Any, send: Any) -> None:
    first, second = await receive(), await receive()
    await send({"type": "seen", "first": first, "second": second})


def through(*messages: Message) -> Client:
    client = Client(messages)

    async def run() -> None:
        await guarded(sees_all, 10, 0.05)(scope(), client.receive, client.send)

    asyncio.run(run())
    return client


def test_an_app_behind_it_gets_the_body_in_one_piece_and_then_what_follows() -> None:
    client = through(piece(b"abc", more=True), piece(b"def"), {"type": "http.disconnect"})
    (seen,) = client.received
    assert seen["first"] == piece(b"abcdef")
    assert seen["second"] == {"type": "http.disconnect"}


def test_an_app_behind_it_never_hears_of_a_refused_request() -> None:
    client = through(piece(b"x" * 11))
    assert (client.status, client.error["code"]) == (413, "request_too_large")
    assert client.error["request_id"]


def test_an_app_behind_it_never_hears_of_a_client_that_left() -> None:
    assert through(piece(b"abc", more=True), {"type": "http.disconnect"}).received == []
