"""A webhook: LAKEHOUSE_ALERT_WEBHOOK gets each alert as JSON, signed.

    POST, content-type: application/json
    x-lakehouse-dedupe-key: the same when an alert is delivered twice; also in the body
    x-lakehouse-timestamp: Unix time in seconds, of this delivery
    x-lakehouse-signature: sha256=HEX, HMAC-SHA256 under LAKEHOUSE_ALERT_WEBHOOK_SECRET of
        the timestamp, a full stop and the body as it was sent; absent without a secret

A receiver computes the signature itself, compares it in constant time, and refuses an old
timestamp: what somebody recorded cannot be sent again later.
"""

import hashlib
import hmac
import time

import msgspec
from django.conf import settings

from lakehouse.observing import wording
from lakehouse.observing.channels.posting import post
from lakehouse.observing.models import Alert

SETTING = "LAKEHOUSE_ALERT_WEBHOOK"


def configured() -> bool:
    return bool(settings.LAKEHOUSE_ALERT_WEBHOOK)


def send(alert: Alert) -> None:
    """Raises NotSent."""
    body = msgspec.json.encode(document(alert))
    headers = {"x-lakehouse-dedupe-key": alert.dedupe_key}
    if secret := settings.LAKEHOUSE_ALERT_WEBHOOK_SECRET:
        now = str(int(time.time()))
        headers["x-lakehouse-timestamp"] = now
        headers["x-lakehouse-signature"] = f"sha256={signature(secret, now, body)}"
    post(SETTING, settings.LAKEHOUSE_ALERT_WEBHOOK, body, headers)


def document(alert: Alert) -> dict[str, object]:
    return {
        "dedupe_key": alert.dedupe_key,
        "kind": alert.kind,
        "fingerprint": alert.fingerprint,
        "subject": alert.subject,
        "text": wording.text(alert),
        "created": alert.created.isoformat(),
        "about": alert.body,
    }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """In hexadecimal digits."""
    signed = timestamp.encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
