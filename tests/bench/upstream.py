"""A fast fake upstream in OpenAI's format, as small as asyncio allows, for benchmarks.

`python -m tests.bench.upstream PORT`. The model's name says what to do: `fast` (one whole
answer), or `chunks-N-MS` (N chunks, MS milliseconds apart).
"""

import asyncio
import json
import sys
from typing import cast

import uvloop

DOCUMENT = json.dumps(
    {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "fast",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "hello there"},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }
).encode()
WHOLE = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    % len(DOCUMENT)
) + DOCUMENT
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
)


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    chunk = {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return framed(b"data: " + json.dumps(chunk).encode() + b"\n\n")


def framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


TOKEN = event({"content": " token"})
STOP = event({}, "stop") + framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Upstream(asyncio.Protocol):
    def __init__(self) -> None:
        self.buffer = b""
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        body, self.buffer = rest[:length], rest[length:]
        model = json.loads(body)["model"]
        if model == "fast":
            self.transport.write(WHOLE)
            return
        _, count, pause = model.split("-")
        self.transport.write(STREAM_HEAD + event({"role": "assistant", "content": ""}))
        self.send(int(count), float(pause) / 1000)

    def send(self, left: int, pause: float) -> None:
        if left == 0:
            self.transport.write(STOP)
            return
        self.transport.write(TOKEN)
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(pause, self.send, left - 1, pause)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        Upstream, "127.0.0.1", port, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
