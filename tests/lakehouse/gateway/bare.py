"""Requests byte by byte: what no well-behaved client library would send."""

import json
import socket
from contextlib import suppress
from typing import Any, NamedTuple

from tests.serving import Gateway


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["error"]
        return found


def post(served: Gateway, data: bytes, *headers: bytes, path: bytes = b"/v1/chat") -> Reply:
    """Sends a POST of these bytes with a good key; further header lines as they are."""
    return send(served, request(served, data, *headers, path=path))


def request(served: Gateway, data: bytes, *headers: bytes, path: bytes = b"/v1/chat") -> bytes:
    """That POST, as it goes over the line."""
    lines = [
        b"POST " + path + b" HTTP/1.1",
        b"host: test",
        b"authorization: Bearer " + served.token.encode(),
        b"content-length: %d" % len(data),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + data


def send(served: Gateway, data: bytes) -> Reply:
    """Sends these bytes and reads one answer that has a content length."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        # Refused before all of it was sent, the answer may be there all the same.
        with suppress(ConnectionError):
            client.sendall(data)
        head, _, body = _read(client, b"", b"\r\n\r\n").partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        while len(body) < int(headers["content-length"]):
            body += client.recv(65536)
    return Reply(int(first.split(" ")[1]), headers, body)


def _read(client: socket.socket, data: bytes, until: bytes) -> bytes:
    while until not in data:
        piece = client.recv(65536)
        assert piece, f"closed after {data!r}"
        data += piece
    return data
