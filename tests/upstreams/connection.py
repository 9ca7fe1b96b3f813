"""What a loopback server keeps of each connection: whether it is open."""

import asyncio
from typing import Any


class Connection(asyncio.StreamReaderProtocol):
    """Is in `among` while its socket is open, whether its task has begun or not."""

    def __init__(self, accept: Any, among: set[asyncio.Transport]) -> None:
        super().__init__(asyncio.StreamReader(limit=64 * 1024 * 1024), accept)
        self._among = among

    def connection_made(self, transport: Any) -> None:
        self._own = transport
        self._among.add(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._among.discard(self._own)
        super().connection_lost(exc)
