"""One line an event, without secrets: for people, or as JSON for machines."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from lakehouse.gateway.ids import served
from providers.redact import redact

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
KINDS = ("text", "json")
CALLS = "lakehouse.calls"  # whose events are one a call that ended


class LineFormatter(logging.Formatter):
    """`kind` is text or json. Fields given as `extra=` follow the message."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        event |= {k: v for k, v in vars(record).items() if k not in STANDARD}
        if trace := record.exc_text or (record.exc_info and self.formatException(record.exc_info)):
            event["traceback"] = trace
        if self.kind == "json":
            return redact(json.dumps(event, default=str))
        return redact(self.text(**event))

    def text(self, time: str, level: str, logger: str, message: str, **more: Any) -> str:
        fields = "".join(f" {k}={json.dumps(v, default=str)}" for k, v in more.items())
        return f"{time} {level} {logger}: {one_line(message)}{fields}"


def one_line(text: str) -> str:
    """Text whose line breaks and control characters cannot fake another event."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def write(lines: str) -> None:
    """Events that are lines already and hold no secret, to where all others go."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and isinstance(
            handler.formatter, LineFormatter
        ):
            handler.acquire()
            try:
                handler.stream.write(lines)
                handler.flush()
            finally:
                handler.release()


class OfRequest(logging.Filter):
    """Gives an event the id of the request in whose course it happened."""

    def filter(self, record: logging.LogRecord) -> bool:
        request_id = served.get()
        if request_id is not None and not hasattr(record, "request_id"):
            record.request_id = str(request_id)
        return True


class ToldShortly(logging.Filter):
    """Requests that Django refuses as suspicious are a client's doing: one line, a warning."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = None
            record.msg = record.getMessage().replace("ALLOWED_HOSTS", "LAKEHOUSE_HOSTS")
            record.args = ()
        return True


def config(kind: str) -> dict[str, Any]:
    """LOGGING. Quiet: warnings from everyone, notices from us. Raises ImproperlyConfigured."""
    if kind not in KINDS:
        raise ImproperlyConfigured(f"LAKEHOUSE_LOG is {kind!r}; it must be text or json.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "short": {"()": "lakehouse.server.logs.ToldShortly"},
            "of request": {"()": "lakehouse.server.logs.OfRequest"},
            "redact": {"()": "providers.redact.RedactingFilter"},
        },
        "formatters": {"line": {"()": "lakehouse.server.logs.LineFormatter", "kind": kind}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["short", "of request", "redact"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "lakehouse": {"level": "INFO"},
            CALLS: {"level": "INFO" if kind == "json" else "WARNING"},
            "profiles": {"level": "INFO"},
            "providers": {"level": "INFO"},
            # Django's own handlers mail and print; ours do it once.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # A client's mistakes (4xx) are in its answers.
            "django.request": {"level": "ERROR"},
            "uvicorn": {"level": "ERROR"},
        },
    }
