"""GET /metrics: the counters of every worker behind this port, in Prometheus' text format."""

import hmac

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from lakehouse.errors import ApiError
from lakehouse.gateway.ids import new_id
from lakehouse.gateway.services import running
from lakehouse.gateway.views.base import error_response
from lakehouse.server.safety import is_loopback

# What a proxy adds. Whoever sends them is not believed, only refused.
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_VIA")
HOW = "Set LAKEHOUSE_METRICS_TOKEN and send it as 'Authorization: Bearer …'."


async def metrics(request: HttpRequest) -> HttpResponse:
    try:
        allow(request)
    except ApiError as error:
        return error_response(error, str(new_id()))
    return HttpResponse(await running().observing.exposed(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def allow(request: HttpRequest) -> None:
    """By the token; where none is set, a program on this machine that came by no proxy.

    Raises ApiError(405, 401 or 403).
    """
    if request.method != "GET":
        text = f"{request.method} is not for /metrics. Use GET."
        raise ApiError(405, "method_not_allowed", text, headers={"allow": "GET"})
    if settings.LAKEHOUSE_METRICS_TOKEN:
        return _has_token(request)
    if settings.LAKEHOUSE_TRUST_PROXY or settings.LAKEHOUSE_PUBLIC_URL:
        raise _closed("Behind a proxy every peer may look local, so metrics need a token.")
    if not is_loopback(request.META.get("REMOTE_ADDR", "")):
        raise _closed("Without a token, metrics are for programs on this machine only.")
    if any(header in request.META for header in FORWARDED):
        raise _closed("This request came by a proxy, and metrics have no token.")
    try:
        request.get_host()  # a page of another site may have its name lead to this machine
    except DisallowedHost:
        raise _closed("The Host header names none of LAKEHOUSE_HOSTS.") from None
    return None


def _has_token(request: HttpRequest) -> None:
    scheme, _, sent = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    wanted = settings.LAKEHOUSE_METRICS_TOKEN.encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), wanted):
        raise ApiError(
            401,
            "invalid_token",
            "Metrics need the token that LAKEHOUSE_METRICS_TOKEN sets, as "
            "'Authorization: Bearer …'.",
            retry=False,
            headers={"www-authenticate": 'Bearer realm="lakehouse metrics"'},
        )


def _closed(why: str) -> ApiError:
    return ApiError(403, "forbidden", f"{why} {HOW}", retry=False)
