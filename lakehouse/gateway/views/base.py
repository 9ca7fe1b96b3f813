"""A DRF view whose dispatch is really async: no thread hop, no `async_to_sync`.

Stock dispatch runs `initial` and the handler in a thread, where a client's leaving is
not heard; adrf hops a thread too (hazards: streams and servers). Authentication,
method table, schema and error shapes stay DRF's and ours.
"""

import logging
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from lakehouse import errors
from lakehouse.errors import ApiError
from lakehouse.gateway.authentication import KeyAuthentication, principal_of
from lakehouse.gateway.ids import new_id, served
from lakehouse.gateway.live import Principal
from lakehouse.gateway.services import running
from lakehouse.gateway.traceparent import Trace, trace_of

logger = logging.getLogger(__name__)


class GatewayView(APIView):
    """Handlers are `async def get|post(request, principal, call_id, **kwargs)`."""

    authentication_classes = [KeyAuthentication]
    http_method_names = ["get", "post"]
    limited = True  # by its key's limits, each answer being one call in the ledger

    async def dispatch(  # type: ignore[override]
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        call_id = new_id()
        response: HttpResponseBase
        served.set(call_id)
        try:
            handler = self._handler(request)
            if running().drain.started:
                raise errors.shutting_down()
            principal = principal_of(request)
            if self.limited and principal.is_limited:
                response = await _within_limits(handler, request, principal, call_id, kwargs)
            else:
                response = await handler(request, principal, call_id, **kwargs)
        except ApiError as error:
            if error.kind is None and not error.rungs:
                running().observing.metrics.refused(error.code)
            response = error_response(error, str(call_id))
        except Exception:
            logger.exception("request %s failed", call_id)
            response = error_response(errors.unexpected(), str(call_id))
        response.headers["x-request-id"] = str(call_id)
        return response

    def _handler(self, request: HttpRequest) -> Any:
        method = (request.method or "").lower()
        if method not in self.http_method_names or not hasattr(self, method):
            allowed = ", ".join(self.allowed_methods)
            raise ApiError(
                405,
                "method_not_allowed",
                f"{request.method} is not for {request.path}. Use {allowed}.",
                headers={"allow": allowed},
            )
        return getattr(self, method)


async def _within_limits(
    handler: Any, request: HttpRequest, principal: Principal, call_id: UUID, kwargs: dict[str, Any]
) -> HttpResponseBase:
    """The handler's answer, with headers that tell how the key stands. Raises ApiError."""
    limiter = running().limiter
    told = await limiter.admit(principal, call_id, request.body)
    try:
        response: HttpResponseBase = await handler(request, principal, call_id, **kwargs)
    except BaseException as error:
        # A call that was made has ended by now; a request that became none is not counted.
        limiter.release(call_id)
        if isinstance(error, ApiError):
            error.headers = told | error.headers
        raise
    for name, value in told.items():
        response.headers[name] = value
    return response


def trace_in(request: HttpRequest, call_id: UUID) -> Trace:
    """The caller's trace, or one of the call's own."""
    meta = request.META
    return trace_of(call_id, meta.get("HTTP_TRACEPARENT", ""), meta.get("HTTP_TRACESTATE", ""))


# The third is what `curl -d` announces when it is told nothing; the body decides.
_TAKEN = ("", "application/json", "application/x-www-form-urlencoded")


def json_body(request: HttpRequest) -> bytes:
    """The body. Raises ApiError(415) when its headers say that it is not plain JSON."""
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind not in _TAKEN and not kind.endswith("+json"):
        raise _unsupported(f"This body is announced as {kind[:100]}.")
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in ("identity", ""):
        raise _unsupported("This body is announced as compressed.")
    return request.body


def _unsupported(what: str) -> ApiError:
    how = "Send plain JSON, with the header content-type: application/json."
    return ApiError(415, "unsupported_media_type", f"{what} {how}", retry=False)


def error_response(error: ApiError, request_id: str) -> HttpResponse:
    return HttpResponse(
        error.body(request_id),
        status=error.status,
        content_type="application/json",
        headers=error.all_headers(),
    )


def json_response(body: bytes, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(body, content_type="application/json", headers=headers)
