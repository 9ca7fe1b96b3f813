"""GET /healthz (this process lives) and /readyz (it can serve)."""

import msgspec
from django.http import HttpRequest, HttpResponse

from lakehouse.gateway.services import running


async def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b'{"status":"ok"}', content_type="application/json")


async def readyz(request: HttpRequest) -> HttpResponse:
    readiness = running().readiness()
    return HttpResponse(
        msgspec.json.encode(readiness),
        status=200 if readiness["ready"] else 503,
        content_type="application/json",
    )
