"""The lean ASGI handler for the paths programs call.

Django's own handler without middleware, signals, threads and per-request tasks; with a
bounded and timed body, a watch for the client's leaving, and a limit on how long a
client may not read. The admin and the REST API keep Django's full stack.
"""

import asyncio
import logging
from contextlib import aclosing
from io import BytesIO

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, get_resolver

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway.guard import ClientGone, Message, Receive, Scope, Send, read_body, send_error
from lakehouse.gateway.ids import new_id, served
from lakehouse.gateway.views.base import error_response
from lakehouse.gateway.views.chat import EventStream

logger = logging.getLogger(__name__)
URLCONF = "lakehouse.gateway.urls"
BODY: Message = {"type": "http.response.body"}
BUFFERED = 64 * 1024


class LeanHandler(ASGIHandler):
    def __init__(self) -> None:
        # Not super().__init__(): it would build the middleware chain, which is what we leave out.
        self._resolver = get_resolver(URLCONF)
        self._max_body = settings.LAKEHOUSE_MAX_BODY
        self._body_secs = settings.LAKEHOUSE_BODY_SECS
        self._write_secs = settings.LAKEHOUSE_WRITE_SECS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        try:
            body = await read_body(scope, receive, self._max_body, self._body_secs)
        except ApiError as error:
            return await send_error(send, error)
        except ClientGone:
            return None
        task = asyncio.current_task()
        assert task is not None
        gone = False

        def leave(_: object) -> None:
            nonlocal gone
            gone = True
            task.cancel()

        watch = asyncio.ensure_future(receive())
        watch.add_done_callback(leave)
        try:
            response = await self._respond(scope, body)
            await self._send(response, scope, send)
        except asyncio.CancelledError:
            if not gone:
                raise
            task.uncancel()
        finally:
            watch.remove_done_callback(leave)
            watch.cancel()
        return None

    async def _respond(self, scope: Scope, body: bytes) -> HttpResponseBase:
        try:
            request = ASGIRequest(scope, BytesIO(body))
            match = self._resolver.resolve(request.path_info)
        except Resolver404:
            path = scope["path"]
            error = ApiError(404, "not_found", f"There is nothing at {path}. See /api/docs/.")
            return error_response(error, str(new_id()))
        except (SuspiciousOperation, UnicodeError, ValueError):
            error = ApiError(400, "invalid_request", "The request line or headers are not valid.")
            return error_response(error, str(new_id()))
        try:
            response: HttpResponseBase = await match.func(request, *match.args, **match.kwargs)
        except Exception:
            request_id = new_id()
            served.set(request_id)
            logger.exception("%s failed", scope["path"])
            return error_response(errors.unexpected(), str(request_id))
        return response

    async def _send(self, response: HttpResponseBase, scope: Scope, send: Send) -> None:
        headers = [
            (name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()
        ]
        start = {"type": "http.response.start", "status": response.status_code, "headers": headers}

        async def write(message: Message) -> None:
            """Waits while the client is behind, also with an answer before this one."""
            async with asyncio.timeout(self._write_secs):
                await send(message)

        try:
            if isinstance(response, EventStream):
                # Around the headers too: whatever ends the sending ends the call.
                async with aclosing(response.stream) as stream:
                    await write(start)
                    async for chunk in stream:
                        await write({**BODY, "body": chunk, "more_body": True})
                await write(BODY)
                return
            assert isinstance(response, HttpResponse)
            content = response.content
            headers.append((b"content-length", b"%d" % len(content)))
            await write(start)
            if len(content) > BUFFERED:
                # The last message waits until nearly all before it was read.
                await write({**BODY, "body": content, "more_body": True})
                content = b""
            await write({**BODY, "body": content})
        except TimeoutError:
            logger.warning("a client stopped reading its answer; its connection is cut")
            await _cut(scope)


async def _cut(scope: Scope) -> None:
    """Ends the connection at once: a plain close would wait for the client to read on."""
    extension = scope.get("extensions", {}).get("lakehouse.abort")
    if extension is not None:
        extension["now"]()
        # Until the server has heard of it, when the watch cancels us: it would complain else.
        await asyncio.sleep(1)
