"""What a client sees when something fails: one table, one envelope (OpenAI's).

`{"error": {"message", "type", "code", "param", "request_id"}}`, plus `kind` where an
upstream's failure is behind it, `rungs` where a ladder was climbed in vain, and `rule`, the
id of the truth rule that ended the call.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

import msgspec

from providers.errors import ErrorKind, Failure


class ApiError(Exception):
    """An error with the status and words a client gets.

    `retry` is what `x-should-retry` tells OpenAI's SDKs; None leaves it to them. `rungs`
    says of each try of a ladder how it failed or why it was skipped.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        param: str | None = None,
        kind: str | None = None,
        retry_after: float | None = None,
        retry: bool | None = None,
        headers: Mapping[str, str] | None = None,
        rungs: Sequence[Mapping[str, Any]] = (),
        rule: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.kind = kind
        self.retry_after = retry_after
        self.retry = retry
        self.headers = dict(headers or {})
        self.rungs = list(rungs)
        self.rule = rule

    def envelope(self, request_id: str) -> dict[str, Any]:
        error: dict[str, Any] = {
            "message": self.message,
            "type": error_type(self.status),
            "code": self.code,
            "param": self.param,
            "request_id": request_id,
        }
        if self.kind:
            error["kind"] = self.kind
        if self.rungs:
            error["rungs"] = self.rungs
        if self.rule:
            error["rule"] = self.rule
        return {"error": error}

    def body(self, request_id: str) -> bytes:
        return msgspec.json.encode(self.envelope(request_id))

    def all_headers(self) -> dict[str, str]:
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["retry-after"] = str(max(1, math.ceil(self.retry_after)))
        if self.retry is not None:
            headers["x-should-retry"] = "true" if self.retry else "false"
        return headers


def error_type(status: int) -> str:
    """OpenAI's `type` for a status."""
    if status == 401:
        return "authentication_error"
    if status == 403:
        return "permission_error"
    if status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if status < 500 else "server_error"


def status_and_code(kind: ErrorKind) -> tuple[int, str]:
    """The one table from an error kind to an HTTP status and a code.

    A key of ours that an upstream rejects is our fault, so it is not the client's 401.
    """
    match kind:
        case ErrorKind.AUTH:
            return 502, "provider_auth"
        case ErrorKind.PERMISSION:
            return 403, "provider_permission"
        case ErrorKind.GATE:
            return 403, "provider_gate"
        case ErrorKind.BILLING:
            return 402, "provider_billing"
        case ErrorKind.QUOTA:
            return 429, "provider_quota"
        case ErrorKind.RATE_LIMIT:
            return 429, "rate_limit_exceeded"
        case ErrorKind.OVERLOADED:
            return 503, "provider_overloaded"
        case ErrorKind.CONTEXT_LENGTH:
            return 400, "context_length_exceeded"
        case ErrorKind.CONTENT_FILTER:
            return 400, "content_filter"
        case ErrorKind.BAD_REQUEST:
            return 400, "invalid_request"
        case ErrorKind.UNSUPPORTED:
            return 400, "unsupported_parameter"
        case ErrorKind.MODEL_NOT_FOUND:
            return 404, "model_not_found"
        case ErrorKind.TOO_LARGE:
            return 413, "request_too_large"
        case ErrorKind.TIMEOUT:
            return 504, "provider_timeout"
        case ErrorKind.SERVER:
            return 502, "provider_error"
        case ErrorKind.PROTOCOL:
            return 502, "provider_protocol"
        case ErrorKind.CANCELLED:
            return 502, "provider_cancelled"
        case ErrorKind.UNREACHABLE:
            return 502, "provider_unreachable"
        case ErrorKind.EGRESS:
            return 502, "egress_refused"
        case ErrorKind.SECRET:
            return 503, "provider_secret_missing"
        case ErrorKind.BUSY:
            return 503, "provider_busy"
        case _:
            assert_never(kind)


def from_failure(failure: Failure, headers: Mapping[str, str] | None = None) -> ApiError:
    """A failed call as its client gets it."""
    status, code = status_and_code(failure.kind)
    return ApiError(
        status,
        code,
        failure.message,
        param=failure.param,
        kind=failure.kind.value,
        retry_after=failure.retry_after,
        retry=failure.retryable,
        headers=headers,
    )


def unexpected() -> ApiError:
    return ApiError(
        500,
        "internal_error",
        "The gateway failed to handle this request. It is logged under the request_id below.",
    )


def shutting_down() -> ApiError:
    return ApiError(
        503,
        "server_shutting_down",
        "This gateway process is shutting down. Send the request again.",
        retry_after=1.0,
        retry=True,
    )
