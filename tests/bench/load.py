"""A load generator as small as asyncio allows: keep-alive POSTs over raw connections."""

import asyncio
import json
import time
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What came back. Times are seconds."""

    complete: int = 0
    failed: int = 0
    chunks: int = 0
    times: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Caller:
    """One connection, one request at a time."""

    def __init__(self, port: int, path: str, token: str, model: str, *, stream: bool) -> None:
        body = json.dumps(
            {"model": model, "stream": stream, "messages": [{"role": "user", "content": "hello"}]}
        ).encode()
        self._request = (
            f"POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._port = port
        self._stream = stream

    async def run(self, calls: int, tally: Tally) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            for _ in range(calls):
                start = time.perf_counter()
                writer.write(self._request)
                good = await (self._events(reader, tally) if self._stream else self._whole(reader))
                tally.times.append(time.perf_counter() - start)
                if good:
                    tally.complete += 1
                else:
                    tally.failed += 1
        finally:
            writer.close()

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> bytes:
        return (await reader.readuntil(b"\r\n\r\n")).lower()

    async def _whole(self, reader: asyncio.StreamReader) -> bool:
        head = await self._head(reader)
        length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        return b" 200 " in head.split(b"\r\n")[0]

    async def _events(self, reader: asyncio.StreamReader, tally: Tally) -> bool:
        head = await self._head(reader)
        if b" 200 " not in head.split(b"\r\n")[0]:
            return False
        done = False
        while size := int(await reader.readuntil(b"\r\n"), 16):
            data = await reader.readexactly(size + 2)
            tally.chunks += data.count(b"data: ")
            done = done or b"[DONE]" in data
        await reader.readexactly(2)
        return done


async def together(callers: list[Caller], calls: int) -> tuple[Tally, float]:
    """Every caller at once, `calls` each; the tally and the wall time."""
    tally = Tally()
    start = time.perf_counter()
    await asyncio.gather(*(caller.run(calls, tally) for caller in callers))
    return tally, time.perf_counter() - start
