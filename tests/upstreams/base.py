"""A real HTTP/1.1 server on loopback that plays an upstream, well or badly.

Subclasses answer in one wire format (`respond`). A test may queue answers of its
own (`server.next(...)`) and afterwards reads what was asked (`server.ledger`).
"""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from tests.upstreams.connection import Connection


@dataclass
class Asked:
    """One request as it arrived. `left_at` is when the client went before the answer ended."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    connection: int
    left_at: float | None = None
    answered_at: float | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """How to answer: seconds for times, bytes for sizes.

    `cut` aborts the connection after that many body bytes; `stall_after` stops for
    good after that many chunks, until the client leaves; `slice` sends the body in
    pieces of that size; `raw` replaces the whole answer, status line included.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Sequence[bytes] = ()
    content_type: str = "application/json"
    framing: str = "chunked"
    delay: float = 0.0
    pause: float = 0.0
    slice: int = 0
    cut: int | None = None
    stall_after: int | None = None
    raw: bytes | None = None

    @classmethod
    def of(cls, document: Any, status: int = 200, **more: Any) -> Self:
        """One JSON document (or bytes, or text, as they are) with a content length."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return cls(status=status, chunks=[body], framing=more.pop("framing", "length"), **more)

    @classmethod
    def stream(cls, chunks: Iterable[bytes], **more: Any) -> Self:
        """A server-sent event stream, one network write a chunk."""
        more.setdefault("content_type", "text/event-stream")
        return cls(chunks=list(chunks), **more)


def sse(*documents: Any, done: bool = True) -> list[bytes]:
    """`data:` events of JSON documents (or text as it is), with OpenAI's `[DONE]` unless told."""
    lines = [
        b"data: " + (d.encode() if isinstance(d, str) else json.dumps(d).encode()) + b"\n\n"
        for d in documents
    ]
    return [*lines, b"data: [DONE]\n\n"] if done else lines


def ndjson(*documents: Any) -> list[bytes]:
    return [json.dumps(d).encode() + b"\n" for d in documents]


class UpstreamServer:
    """Runs in a thread of its own, with its own event loop, from `start` to `stop`."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.ledger: list[Asked] = []
        self.host = host
        self.port = 0
        self._script: deque[Answer] = deque()
        self._change: Callable[[Answer], Answer] | None = None
        self._connections = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    # --- for tests ---

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def next(self, *answers: Answer) -> Self:
        """Queues answers; when the queue is empty, `respond` decides."""
        self._script.extend(answers)
        return self

    def respond(self, asked: Asked) -> Answer:
        """The wire format's ordinary answer. Overridden by each vendor's server."""
        return Answer.of({"error": {"message": f"nothing here answers {asked.path}"}}, status=404)

    def spoil(self, change: Callable[[Answer], Answer]) -> Self:
        """What `respond` gives is changed before it is sent."""
        self._change = change
        return self

    def forget(self) -> None:
        """Back to how it started: nothing asked, nothing queued, nothing spoiled."""
        self.ledger.clear()
        self._script.clear()
        self._change = None

    @property
    def last(self) -> Asked:
        return self.ledger[-1]

    def wait_for(self, condition: Any, within: float = 3.0) -> float:
        """Seconds until `condition()` holds. Fails the test when it never does."""
        start = time.monotonic()
        while not condition():
            if time.monotonic() - start > within:
                raise AssertionError(f"not within {within} s: {condition}")
            time.sleep(0.002)
        return time.monotonic() - start

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    # --- the server ---

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        open_now: set[asyncio.Transport] = set()
        server = await self._loop.create_server(
            lambda: Connection(self._accept, open_now), self.host, 0
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        self._loop.remove_reader(server.sockets[0].fileno())
        for _ in range(4):  # turns of the loop from a connection's arrival to its task's start
            await asyncio.sleep(0)
        server.close()  # it would forget a connection that has just arrived
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while open_now:
            for transport in open_now:
                transport.abort()  # what it still had to send keeps it open otherwise
            await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._connections += 1
        number = self._connections
        try:
            while asked := await self._read(reader, number):
                self.ledger.append(asked)
                answer = self._script.popleft() if self._script else self._ordinary(asked)
                if not await self._answer(asked, answer, reader, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    def _ordinary(self, asked: Asked) -> Answer:
        answer = self.respond(asked)
        return self._change(answer) if self._change else answer

    async def _read(self, reader: asyncio.StreamReader, number: int) -> Asked | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines if x)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        return Asked(method, path, headers, body, time.monotonic(), number)

    async def _answer(
        self,
        asked: Asked,
        answer: Answer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Sends the answer; True when the connection may be used again."""
        watch = asyncio.create_task(self._watch(asked, reader))
        work = asyncio.create_task(self._write(answer, writer))
        try:
            await asyncio.wait({watch, work}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                return False
            if work.exception() is None:
                asked.answered_at = time.monotonic()
            else:
                asked.left_at = asked.left_at or time.monotonic()
            return work.result()
        finally:
            for task in (watch, work):
                task.cancel()
            await asyncio.gather(watch, work, return_exceptions=True)

    async def _watch(self, asked: Asked, reader: asyncio.StreamReader) -> None:
        """Ends when the client closes; a client that pipelines is not one of ours."""
        while not reader.at_eof():
            await asyncio.sleep(0.002)
            if reader.exception() is not None:
                break
        asked.left_at = time.monotonic()

    async def _write(self, answer: Answer, writer: asyncio.StreamWriter) -> bool:
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if answer.raw is not None:
            writer.write(answer.raw)
            await writer.drain()
            return False
        chunks = list(answer.chunks)
        if answer.slice:
            whole, size = b"".join(chunks), answer.slice
            chunks = [whole[i : i + size] for i in range(0, len(whole), size)]
        writer.write(self._head(answer, sum(map(len, chunks))))
        await writer.drain()
        sent = 0
        for number, chunk in enumerate(chunks):
            if answer.stall_after is not None and number >= answer.stall_after:
                await asyncio.Event().wait()
            if answer.cut is not None and sent + len(chunk) >= answer.cut:
                self._send(answer, writer, chunk[: answer.cut - sent])
                await writer.drain()
                await asyncio.sleep(0.01)
                writer.transport.abort()
                return False
            self._send(answer, writer, chunk)
            await writer.drain()
            sent += len(chunk)
            if answer.pause:
                await asyncio.sleep(answer.pause)
        if answer.stall_after is not None:
            await asyncio.Event().wait()
        if answer.framing == "chunked":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return answer.framing != "close"

    @staticmethod
    def _head(answer: Answer, size: int) -> bytes:
        headers = {"content-type": answer.content_type, **answer.headers}
        if answer.framing == "length":
            headers["content-length"] = str(size)
        elif answer.framing == "chunked":
            headers["transfer-encoding"] = "chunked"
        else:
            headers["connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} X"] + [f"{k}: {v}" for k, v in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    @staticmethod
    def _send(answer: Answer, writer: asyncio.StreamWriter, data: bytes) -> None:
        if not data:
            return
        writer.write(b"%x\r\n%b\r\n" % (len(data), data) if answer.framing == "chunked" else data)
