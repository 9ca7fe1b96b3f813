"""Takes secrets out of text: values we resolved, and whatever has the shape of a key.

One redactor for everything that leaves the process: log lines, errors, records. It is
the last line of defence, not the first: values are not put into text to begin with.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterable
from threading import Lock
from urllib.parse import quote

import msgspec

from providers.errors import Failure

SHOWN_AS = "[redacted]"
# A shorter value would garble ordinary words; it is also no secret.
SHORTEST = 6
REMEMBERED = 2000

_SHAPES = re.compile(
    r"""
      (?P<scheme>\b(?:Bearer|Basic)\s+)
        (?:(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]{6,}|[A-Za-z0-9._~+/=-]{20,})
    | (?P<named>
        (?:x-api-key|x-goog-api-key|api[-_]?key|authorization|(?:access|refresh|id)[-_]token
           |client[-_]secret|password|passwd)
        (?:\\?["'])?\s*[:=]\s*(?:\\?["'])?
      )(?!\[redacted\]|(?:Bearer|Basic)\s)[^\s"'&,;\\}<>]{4,}
    | (?<![A-Za-z0-9])(?:
          sk-[A-Za-z0-9_-]{8,}
        | lh_[A-Za-z0-9_-]{8,}
        | AIza[A-Za-z0-9_-]{20,}
        | gsk_[A-Za-z0-9]{16,}
        | xox[abprs]-[A-Za-z0-9-]{10,}
        | gh[pousr]_[A-Za-z0-9]{20,}
        | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}
      )
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Redactor:
    """Call it with text, get the text without secrets. Safe to share between threads."""

    def __init__(self) -> None:
        self._values: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None
        self._lock = Lock()

    def learn(self, value: str) -> None:
        """Remembers a secret in each form it takes in text. Rotated ones stay known."""
        if len(value) < SHORTEST or value in self._values:
            return
        with self._lock:
            for form in _forms(value):
                self._values.setdefault(form)
            while len(self._values) > REMEMBERED:
                del self._values[next(iter(self._values))]
            longest_first = sorted(self._values, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        pattern = self._pattern
        if pattern is not None:
            text = pattern.sub(SHOWN_AS, text)
        return _SHAPES.sub(_kept_name, text)

    def holds_secret(self, text: str) -> bool:
        return self(text) != text


def _forms(value: str) -> Iterable[str]:
    """The value as it is, in a URL and inside a JSON string."""
    return dict.fromkeys((value, quote(value, safe=""), json.dumps(value)[1:-1]))


def _kept_name(match: re.Match[str]) -> str:
    return (match["scheme"] or match["named"] or "") + SHOWN_AS


redact = Redactor()


def redacted(failure: Failure, secret: str = "") -> Failure:
    """An upstream's words as they may leave: it may quote the key it was sent, or a part of it."""
    return msgspec.structs.replace(
        failure,
        message=_without_part(redact(failure.message), secret),
        code=failure.code and redact(failure.code),
        param=failure.param and redact(failure.param),
    )


def _without_part(text: str, secret: str) -> str:
    """A text that was cut short inside the secret, without the secret's beginning."""
    if text.endswith("…"):
        for size in range(len(secret) - 1, SHORTEST - 1, -1):
            if text.endswith(secret[:size] + "…"):
                return text[: -size - 1] + SHOWN_AS + "…"
    return text


class RedactingFilter(logging.Filter):
    """Put on a handler: its records lose their secrets, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if record.exc_text:
            # The exception itself goes: a handler would format it again, with its values.
            record.exc_text, record.exc_info = redact(record.exc_text), None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
