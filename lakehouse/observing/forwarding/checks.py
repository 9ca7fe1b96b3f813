"""Start-up checks of where traces go."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks

from lakehouse.observing.forwarding import target
from lakehouse.server.safety import is_loopback


def traces_target(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    """observing.E001 and E002: a setting that cannot be used. W001: keys as plain text."""
    found: list[checks.CheckMessage] = []
    endpoint = settings.LAKEHOUSE_OTLP_ENDPOINT
    if endpoint:
        try:
            found += _plain_text(target.read_endpoint(endpoint))
        except ValueError as error:
            hint = "Write the collector's whole address, https://collector.example/v1/traces."
            found.append(_error(target.ENDPOINT, error, hint, "observing.E001"))
    try:
        target.read_headers(settings.LAKEHOUSE_OTLP_HEADERS)
    except ValueError as error:
        hint = "Percent-encode commas within a value as %2C."
        found.append(_error(target.HEADERS, error, hint, "observing.E002"))
    return found


def _plain_text(endpoint: str) -> list[checks.CheckMessage]:
    origin = target.Target(endpoint).origin
    if origin.scheme == "https" or is_loopback(origin.host) or settings.LAKEHOUSE_PLAIN_HTTP:
        return []
    text = f"{target.ENDPOINT}: without https, traces and keys cross the network as plain text."
    hint = (
        "Use the collector's https address; or, on a network that is private to its last cable, "
        "set LAKEHOUSE_PLAIN_HTTP=true."
    )
    return [checks.Warning(text, hint=hint, id="observing.W001")]


def _error(setting: str, error: ValueError, hint: str, name: str) -> checks.Error:
    return checks.Error(f"{setting} {error}", hint=hint, id=name)


def register() -> None:
    checks.register(traces_target, checks.Tags.security)
