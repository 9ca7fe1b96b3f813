"""uvicorn's HTTP protocol with what it lacks: a deadline and a size limit for request headers.

Refusals are JSON like every other error. Costs nothing for a request that arrives whole:
the clock runs only while headers are incomplete.
"""

import asyncio
import json
from typing import Any, ClassVar, NamedTuple

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from lakehouse.gateway.ids import new_id

HEADER_SECONDS = 10.0
HEADER_BYTES = 32 * 1024
LINGER_SECONDS = 1.0
ABORT = "lakehouse.abort"  # an ASGI extension: `scope["extensions"][ABORT]["now"]()`


class Refusal(NamedTuple):
    status: int
    code: str
    message: str


INVALID = Refusal(400, "invalid_request", "This is not a valid HTTP request.")
SLOW = Refusal(
    408,
    "request_timeout",
    f"The headers did not arrive within {HEADER_SECONDS:g} s. Send them again.",
)
LARGE = Refusal(
    431,
    "headers_too_large",
    f"The request line and headers exceed {HEADER_BYTES} bytes. Send fewer.",
)


class TooLarge(Exception):
    """Headers complete, and over the limit: stops the parser."""


class Protocol(HttpToolsProtocol):
    header_seconds: ClassVar[float] = HEADER_SECONDS
    header_bytes: ClassVar[int] = HEADER_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_headers = False
        self._received = 0  # bytes since the headers began
        self._clock: asyncio.TimerHandle | None = None
        self._refusal = INVALID
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._received += len(data)
        super().data_received(data)
        if self._in_headers and not self.transport.is_closing():
            if self._received > self.header_bytes:
                self._refuse(LARGE)
            elif self._clock is None:
                self._start_clock()

    def on_message_begin(self) -> None:
        self._in_headers = True
        super().on_message_begin()
        # For an answer whose reader is stuck: an ordinary close waits until it has read all.
        self.scope["extensions"] = {ABORT: {"now": self.transport.abort}}

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._received = 0
        self._stop_clock()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.header_bytes:
            self._refusal = LARGE
            raise TooLarge
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn answers when the parser gave up, for whatever reason."""
        self._refuse(self._refusal)

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(self.header_seconds, self._too_slow)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_slow(self) -> None:
        self._clock = None
        if self._in_headers:
            self._refuse(SLOW)
        elif self.cycle is None:
            self.transport.close()  # connected, and never said a word

    def _refuse(self, refusal: Refusal) -> None:
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        self._stop_clock()
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # an error in the midst of another answer would spoil that one
            return
        self.transport.write(encode(refusal))
        # Closing at once, with input unread, would reset the connection and lose the answer.
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


def encode(refusal: Refusal) -> bytes:
    """The whole answer, in OpenAI's error envelope."""
    error = {
        "message": refusal.message,
        "type": "invalid_request_error",
        "param": None,
        "code": refusal.code,
        "request_id": str(new_id()),
    }
    body = json.dumps({"error": error}).encode()
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return STATUS_LINE[refusal.status] + head % len(body) + body
