"""The log: one structured line an alert. Always on."""

import logging

from lakehouse.observing.models import Alert

logger = logging.getLogger("lakehouse.alerts")


def configured() -> bool:
    return True


def send(alert: Alert) -> None:
    """At level error, a resolved one at info; the fields follow the message."""
    level = logging.INFO if alert.kind == Alert.Kind.RESOLVED else logging.ERROR
    told = {"alert": alert.kind, "fingerprint": alert.fingerprint, "dedupe_key": alert.dedupe_key}
    logger.log(level, "%s", alert.subject, extra=told | {"about": alert.body})
