"""Slack, or whatever takes its incoming webhooks: LAKEHOUSE_ALERT_SLACK, whole a secret."""

import msgspec
from django.conf import settings

from lakehouse.observing import wording
from lakehouse.observing.channels.posting import post
from lakehouse.observing.models import Alert

SETTING = "LAKEHOUSE_ALERT_SLACK"
# Slack's own three; the rest of a text is taken as it is.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def configured() -> bool:
    return bool(settings.LAKEHOUSE_ALERT_SLACK)


def send(alert: Alert) -> None:
    """Raises NotSent."""
    body = msgspec.json.encode({"text": wording.text(alert).translate(_ESCAPES)})
    headers = {"x-lakehouse-dedupe-key": alert.dedupe_key}
    post(SETTING, settings.LAKEHOUSE_ALERT_SLACK, body, headers)
