"""One line an event, without secrets: for people, or as JSON for machines."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from providers.redact import redact

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
KINDS = ("text", "json")


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


def config(kind: str) -> dict[str, Any]:
    """LOGGING. Quiet: warnings from everyone, notices from us. Raises ImproperlyConfigured."""
    if kind not in KINDS:
        raise ImproperlyConfigured(f"LAKEHOUSE_LOG is {kind!r}; it must be text or json.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"redact": {"()": "providers.redact.RedactingFilter"}},
        "formatters": {"line": {"()": "lakehouse.server.logs.LineFormatter", "kind": kind}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["redact"],
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "lakehouse": {"level": "INFO"},
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
