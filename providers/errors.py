"""Every way a call can fail, as one closed list of kinds with what each allows.

    ProviderError
    └── carries one Failure
          kind         what went wrong (ErrorKind)
          retryable    may the same provider be asked again
          failover     may another provider be asked instead

The table of kinds is `wire/README.md`'s retry table. No Django here.
"""

from enum import StrEnum

import msgspec


class ErrorKind(StrEnum):
    AUTH = "auth"
    PERMISSION = "permission"
    GATE = "gate"
    BILLING = "billing"
    QUOTA = "quota"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    BAD_REQUEST = "bad_request"
    UNSUPPORTED = "unsupported"
    MODEL_NOT_FOUND = "model_not_found"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    SERVER = "server"
    PROTOCOL = "protocol"
    CANCELLED = "cancelled"
    # Ours, before any upstream is asked:
    UNREACHABLE = "unreachable"
    EGRESS = "egress"
    SECRET = "secret"
    BUSY = "busy"


RETRYABLE = frozenset(
    {
        ErrorKind.RATE_LIMIT,
        ErrorKind.OVERLOADED,
        ErrorKind.TIMEOUT,
        ErrorKind.SERVER,
        ErrorKind.UNREACHABLE,
        ErrorKind.BUSY,
    }
)
FAILOVER = RETRYABLE | frozenset(
    {
        ErrorKind.AUTH,
        ErrorKind.BILLING,
        ErrorKind.QUOTA,
        ErrorKind.GATE,
        ErrorKind.MODEL_NOT_FOUND,
        ErrorKind.PERMISSION,
        ErrorKind.PROTOCOL,
        ErrorKind.EGRESS,
        ErrorKind.SECRET,
    }
)


class Failure(msgspec.Struct, frozen=True):
    """One failed try.

    `message` is safe to show: written by us or the upstream's text after the
    redactor. `retry_after` is in seconds. `status` is the upstream's HTTP status,
    None when there was no answer. `accepted` is False only when the upstream
    provably did not take the request, so that asking again cannot bill twice.
    `param` names the request's field at fault, in the client's dialect.
    """

    kind: ErrorKind
    message: str
    status: int | None = None
    code: str | None = None
    retryable: bool = False
    failover: bool = False
    retry_after: float | None = None
    accepted: bool = True
    param: str | None = None


def failure(
    kind: ErrorKind,
    message: str,
    *,
    status: int | None = None,
    code: str | None = None,
    retry_after: float | None = None,
    accepted: bool = True,
    param: str | None = None,
    retryable: bool | None = None,
    failover: bool | None = None,
) -> Failure:
    """A `Failure` whose two bits come from its kind unless they are given."""
    return Failure(
        kind=kind,
        message=message,
        status=status,
        code=code,
        retryable=kind in RETRYABLE if retryable is None else retryable,
        failover=kind in FAILOVER if failover is None else failover,
        retry_after=retry_after,
        accepted=accepted,
        param=param,
    )


class ProviderError(Exception):
    """A try that failed, as an exception; `failure` says everything."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure
