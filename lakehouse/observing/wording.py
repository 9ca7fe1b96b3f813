"""An alert in words: a subject of one line, and a text of a few."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lakehouse.observing.models import Alert
from providers.redact import redact

LONGEST_SUBJECT = 200
SHOWN_CALLS = 3


def subject(kind: str, body: dict[str, Any]) -> str:
    """One line, at most LONGEST_SUBJECT characters, without secrets."""
    line = " ".join(redact(_subject(kind, body)).split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def text(alert: Alert) -> str:
    """The whole alert, for people."""
    lines = _self_check(alert.body) if alert.kind == Alert.Kind.SELF_CHECK else _failures(alert)
    return redact("\n".join([alert.subject, *lines]))


def who(body: dict[str, Any]) -> str:
    return "/".join(filter(None, (body["provider"], body["model"]))) or "the gateway"


def _subject(kind: str, body: dict[str, Any]) -> str:
    if kind == Alert.Kind.SELF_CHECK:
        return f"Lakehouse: {body['problem']}"
    what = f"{who(body)}: {body['error_kind'] or 'failures of many kinds'}"
    if kind == Alert.Kind.RESOLVED:
        return f"Resolved: {what}"
    back = " again" if body["came_back"] else ""
    return f"Failing{back}: {what}, {body['in_window']} calls within {body['window_secs']} s"


def _failures(alert: Alert) -> Iterator[str]:
    body = alert.body
    yield body["message"]
    if alert.kind == Alert.Kind.RESOLVED:
        yield body["why"]
    first, last = _when(body["first_seen"]), _when(body["last_seen"])
    yield f"{body['count']} calls in all, the first at {first}, the last at {last}."
    if body["suppressed"]:
        yield f"{body['suppressed']} more suppressed since the last alert."
    if body["revision"]:
        yield f"Profile: {body['revision']}."
    if body["calls"]:
        yield f"Calls: {', '.join(body['calls'][:SHOWN_CALLS])}."
    yield body["page"]


def _when(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M:%S} UTC"


def _self_check(body: dict[str, Any]) -> Iterator[str]:
    yield body["remedy"]
