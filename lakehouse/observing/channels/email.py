"""E-mail, through Django: EMAIL_URL, from LAKEHOUSE_EMAIL_FROM, to LAKEHOUSE_ALERT_EMAIL."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from lakehouse.observing import wording
from lakehouse.observing.models import Alert

TIMEOUT_SECS = 10


def configured() -> bool:
    return bool(settings.LAKEHOUSE_ALERT_EMAIL)


def send(alert: Alert) -> None:
    """Raises OSError or SMTPException when the server did not take it."""
    EmailMessage(
        subject=alert.subject,
        body=wording.text(alert),
        to=settings.LAKEHOUSE_ALERT_EMAIL,
        headers={"X-Lakehouse-Dedupe-Key": alert.dedupe_key},
        connection=get_connection(timeout=TIMEOUT_SECS),
    ).send()
