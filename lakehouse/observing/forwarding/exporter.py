"""OpenTelemetry's exporter over a session that follows no redirect and uses no environment.

Imported where traces are sent only: `requests` and the SDK take 170 ms to import.
"""

import logging
import ssl
from collections.abc import Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from lakehouse.observing.forwarding.target import ENDPOINT, HEADERS, Target
from providers import VERSION
from providers.retry_after import from_headers

TIMEOUT_SECS = 5.0  # for a batch, with all its repetitions
PAUSE_SECS = (1.0, 5.0)  # after a batch that was not taken: at least, at most
MOST_READ = 64 * 1024
_OUR_HEADERS = {"host", "content-length", "content-type", "user-agent", "accept-encoding"}
_HINTS = {
    401: f"Check {HEADERS}.",
    403: f"Check {HEADERS}.",
    404: f"Does {ENDPOINT} end in /v1/traces?",
}


class Redirected(requests.RequestException):
    """The answer is a redirect: whoever sends it could have keys and traces sent elsewhere."""


class Session(requests.Session):
    """`why` says what became of the last request, "" when it was taken."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.trust_env = False  # no proxy, no netrc
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.why = ""
        self.pause = PAUSE_SECS[0]
        self._where = str(target.origin)
        # The exporter adds headers from OTEL_… variables, which are meant for another collector.
        self._may_go = _OUR_HEADERS | {name for name, _ in target.headers}

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even unfollowed, a redirect would be looked into, its whole body read."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        for name in [n for n in request.headers if n.lower() not in self._may_go]:
            del request.headers[name]
        try:
            response = super().send(request, **kwargs | {"allow_redirects": False, "stream": True})
        except requests.RequestException as error:
            what = f"cannot be reached ({type(error).__name__})"
            self._failed(f"{what}. Is it up, and {ENDPOINT} right?")
            raise
        if 300 <= response.status_code < 400:
            response.close()
            self._failed(f"answered with a redirect, which is never followed. Correct {ENDPOINT}.")
            raise Redirected(self.why)
        self._judge(response)
        return response

    def _judge(self, response: requests.Response) -> None:
        announced = response.headers.get("content-length", "")
        if announced.isdigit() and int(announced) <= MOST_READ:
            _ = response.content  # read to its end, the connection can be used again
        else:
            response.close()
        self.why, self.pause = "", PAUSE_SECS[0]
        if not response.ok:
            hint = _HINTS.get(response.status_code, "")
            self._failed(f"answered {response.status_code}. {hint}".strip())
            asked = from_headers({k.lower(): v for k, v in response.headers.items()})
            self.pause = min(max(asked or 0.0, PAUSE_SECS[0]), PAUSE_SECS[1])

    def _failed(self, why: str) -> None:
        self.why, self.pause = f"{self._where} {why}", PAUSE_SECS[0]


class Sink:
    """Sends one batch at a time; `why` and `pause` (seconds) are of the last that failed.

    The SDK repeats a batch after 429, 502, 503, 504 and broken connections, as `retry-after`
    says, while that fits into TIMEOUT_SECS.
    """

    def __init__(self, target: Target) -> None:
        _hush()
        self._session = Session(target)
        headers = {"user-agent": f"lakehouse/{VERSION}", **dict(target.headers)}
        self._exporter = OTLPSpanExporter(
            endpoint=target.endpoint,
            certificate_file=ssl.get_default_verify_paths().cafile,
            headers=headers,
            timeout=TIMEOUT_SECS,
            compression=Compression.NoCompression,
            session=self._session,
        )

    def send(self, spans: Sequence[ReadableSpan]) -> bool:
        """Was the batch taken?"""
        self._session.why = ""
        if self._exporter.export(spans) is SpanExportResult.SUCCESS:
            return True
        self._session.why = self._session.why or "the batch could not be encoded"
        return False

    @property
    def why(self) -> str:
        return self._session.why

    @property
    def pause(self) -> float:
        return self._session.pause


def _hush() -> None:
    """The exporter logs every batch that fails; the forwarder says once that they do."""
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
