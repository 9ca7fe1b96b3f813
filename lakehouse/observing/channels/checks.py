"""Start-up checks of where alerts go."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

CONSOLE = "django.core.mail.backends.console.EmailBackend"


def mail_server(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """observing.W002: alerts that would count as sent, and that nobody gets."""
    if not settings.LAKEHOUSE_ALERT_EMAIL or settings.EMAIL_BACKEND != CONSOLE:
        return []
    text = "LAKEHOUSE_ALERT_EMAIL names people, but no e-mail reaches them: it goes to the console."
    hint = "Set EMAIL_URL=smtp+tls://user:password@host:587; to try it: manage.py alerts test."
    return [checks.Warning(text, hint=hint, id="observing.W002")]


def register() -> None:
    checks.register(mail_server)
