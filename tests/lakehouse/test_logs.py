import io
import json
import logging
import sys

import pytest
from django.test import Client

from lakehouse.server.logs import LineFormatter


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("lakehouse.test").makeRecord(
        "lakehouse.test", logging.WARNING, "file", 1, message, args, None, extra=extra
    )
    made.created = 0.0
    return made


def test_a_line_has_time_level_logger_message_and_fields() -> None:
    line = LineFormatter("text").format(record("moved %s", "on", provider="echo", tries=2))
    assert line == (
        '1970-01-01T00:00:00.000+00:00 warning lakehouse.test: moved on provider="echo" tries=2'
    )


def test_json_has_the_same_fields() -> None:
    line = LineFormatter("json").format(record("moved", provider="echo"))
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "warning",
        "logger": "lakehouse.test",
        "message": "moved",
        "provider": "echo",
    }


@pytest.mark.parametrize("kind", ["text", "json"])
@pytest.mark.parametrize("breaks", ["\n", "\r", "\x1b[2J", "\u2028", "\x85"])
def test_an_event_is_one_line_whatever_it_says(kind: str, breaks: str) -> None:
    line = LineFormatter(kind).format(record(f"first{breaks}second"))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_traceback_stays_on_the_line(kind: str) -> None:
    try:
        raise ValueError("deep inside")
    except ValueError:
        event = record("failed")
        event.exc_info = sys.exc_info()
    line = LineFormatter(kind).format(event)
    assert len(line.splitlines()) == 1
    assert "ValueError: deep inside" in line


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_secret_is_taken_out_of_message_and_fields(kind: str) -> None:
    key = "sk-abcdefghijklmnop"
    line = LineFormatter(kind).format(record(f"sent {key}", header=f"Bearer {key}"))
    assert key not in line


def test_a_host_that_is_not_ours_is_one_short_warning(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    (handler,) = (h for h in logging.getLogger().handlers if isinstance(h.formatter, LineFormatter))
    monkeypatch.setattr(handler, "stream", said := io.StringIO())
    assert client.get("/api/v1/", headers={"host": "evil.example"}).status_code == 400
    (line,) = said.getvalue().splitlines()
    assert " warning django.security.DisallowedHost: Invalid HTTP_HOST header" in line
    assert "LAKEHOUSE_HOSTS" in line and "Traceback" not in line
