"""An ASGI application whose stream lasts longer than a test takes to send a signal."""

import asyncio
from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for word in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{word}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b"begin", "more_body": True})
        await asyncio.sleep(1)
        await send({"type": "http.response.body", "body": b" and end", "more_body": True})
    await send({"type": "http.response.body", "body": b""})
