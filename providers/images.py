"""Fetching a client's image URLs for upstreams that take images by content only."""

import asyncio
from collections.abc import Iterator

import httpx
import msgspec

from providers import VERSION
from providers.errors import ErrorKind, ProviderError, failure
from providers.messages import Image, Part, Request, ToolResult
from providers.transport import Body, Transport

MAX_BYTES = 10 * 1024 * 1024
MAX_TOTAL = 24 * 1024 * 1024
MAX_IMAGES = 50
TOTAL_SECS = 15.0
# The transport's own words are for operators: they name addresses and settings.
REASONS = {
    ErrorKind.EGRESS: "its host is not on the public internet",
    ErrorKind.UNREACHABLE: "its server cannot be reached",
    ErrorKind.PROTOCOL: "its server did not answer as a web server does",
}


async def inlined(transport: Transport, request: Request) -> Request:
    """The request with every image URL replaced by its content, those of tool results too.

    Raises ProviderError(bad_request, param "messages") when one cannot be had: no
    redirects, public addresses only, images only, at most MAX_BYTES each, MAX_IMAGES
    and MAX_TOTAL together.
    """
    urls = list(dict.fromkeys(url for turn in request.turns for url in _urls(turn.parts)))
    if not urls:
        return request
    if len(urls) > MAX_IMAGES:
        raise _unusable(urls[MAX_IMAGES], f"it is one of {len(urls)}, {MAX_IMAGES} are fetched")
    budget = Budget()
    try:
        # One that cannot be had ends the others too.
        async with asyncio.TaskGroup() as group:
            found = [group.create_task(fetch(transport, url, budget)) for url in urls]
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    fetched = {url: task.result() for url, task in zip(urls, found, strict=True)}
    turns = tuple(
        msgspec.structs.replace(turn, parts=tuple(_filled(part, fetched) for part in turn.parts))
        for turn in request.turns
    )
    return msgspec.structs.replace(request, turns=turns)


class Budget:
    """Bytes that the images of one request may still take together."""

    def __init__(self) -> None:
        self.left = MAX_TOTAL


async def fetch(transport: Transport, url: str, budget: Budget) -> tuple[str, bytes]:
    """The image's MIME type and bytes. Raises ProviderError(bad_request)."""
    headers = {"user-agent": f"lakehouse/{VERSION}", "accept": "image/*"}
    try:
        request = httpx.Request("GET", url, headers=headers, extensions={"named_by_client": True})
        async with asyncio.timeout(TOTAL_SECS):
            return await _read(transport, request, budget)
    except TimeoutError:
        raise _unusable(url, f"it did not arrive within {TOTAL_SECS:g} s") from None
    except (httpx.InvalidURL, ValueError):
        raise _unusable(url, "the URL is not valid") from None
    except ProviderError as error:
        if error.failure.param:
            raise
        raise _unusable(url, REASONS.get(error.failure.kind, REASONS[ErrorKind.PROTOCOL])) from None


async def _read(transport: Transport, request: httpx.Request, budget: Budget) -> tuple[str, bytes]:
    answer = await transport.handle_async_request(request)
    assert isinstance(answer.stream, Body)
    url = str(request.url)
    try:
        if answer.status_code != 200:
            raise _unusable(url, f"its server answered {answer.status_code}")
        mime = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not mime.startswith("image/"):
            raise _unusable(url, f"its server calls it {mime or 'nothing'}, not an image")
        data = bytearray()
        while piece := await answer.stream.read():
            data += piece
            budget.left -= len(piece)
            if len(data) > MAX_BYTES:
                raise _unusable(url, f"it is larger than {MAX_BYTES} bytes")
            if budget.left < 0:
                raise _unusable(url, f"the images together are larger than {MAX_TOTAL} bytes")
        return mime, bytes(data)
    finally:
        await answer.stream.aclose()


def _urls(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Image) and part.url:
            yield part.url
        elif isinstance(part, ToolResult):
            yield from _urls(part.parts)


def _filled(part: Part, fetched: dict[str, tuple[str, bytes]]) -> Part:
    if isinstance(part, ToolResult):
        return msgspec.structs.replace(part, parts=tuple(_filled(p, fetched) for p in part.parts))
    if isinstance(part, Image) and part.url:
        mime, data = fetched[part.url]
        return Image(mime=mime, data=data, detail=part.detail)
    return part


def _unusable(url: str, reason: str) -> ProviderError:
    text = f"The image {url[:200]} cannot be used: {reason}. Send it as a data: URL instead."
    return ProviderError(failure(ErrorKind.BAD_REQUEST, text, param="messages", accepted=False))
