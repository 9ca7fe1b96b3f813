"""One POST to an address of the settings, through the one door out. No redirects."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from providers.egress import AllowList
from providers.errors import ProviderError
from providers.transport import Transport

TIMEOUT_SECS = 10.0
CONNECT_SECS = 5.0
_PORTS = {"http": 80, "https": 443}


class NotSent(Exception):
    """An alert was not taken; the text says why, without the address, which may be a secret."""


def post(setting: str, url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Sends JSON; `setting` names the address in errors. For threads without an event loop.

    Raises NotSent unless the answer is 2xx.
    """
    host, port = _place(setting, url)
    told = {"content-type": "application/json", "user-agent": "lakehouse-alerts", **headers}
    request = httpx.Request(
        "POST", url, headers=told, content=body, extensions={"connect": CONNECT_SECS}
    )
    status = asyncio.run(_post(setting, request, host, port))
    if not 200 <= status < 300:
        moved = " Redirects are not followed." if 300 <= status < 400 else ""
        raise NotSent(f"{host} answered with status {status}.{moved} Check {setting}.")


async def _post(setting: str, request: httpx.Request, host: str, port: int) -> int:
    transport = Transport(lambda: AllowList.parse(settings.LAKEHOUSE_EGRESS_ALLOW, {(host, port)}))
    try:
        async with asyncio.timeout(TIMEOUT_SECS):
            answer = await transport.handle_async_request(request)
            await answer.aclose()
    except TimeoutError:
        raise NotSent(f"{host} did not answer within {TIMEOUT_SECS:g} s.") from None
    except ProviderError as error:
        raise NotSent(f"{setting}: {error.failure.message}") from None
    finally:
        await transport.aclose()
    return answer.status_code


def _place(setting: str, url: str) -> tuple[str, int]:
    """Host and port. Raises NotSent for what is no plain http(s) address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        host, port = None, 0
    if not host or "@" in parts.netloc:
        raise NotSent(f"{setting} is no address: write https://host[:port]/path.")
    return host, port
