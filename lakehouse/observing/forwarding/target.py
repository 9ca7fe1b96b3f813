"""Where traces go: LAKEHOUSE_OTLP_ENDPOINT and LAKEHOUSE_OTLP_HEADERS."""

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec
from django.conf import settings

from providers import addresses
from providers.addresses import Origin
from providers.redact import redact

ENDPOINT, HEADERS = "LAKEHOUSE_OTLP_ENDPOINT", "LAKEHOUSE_OTLP_HEADERS"
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")


class Target(msgspec.Struct, frozen=True):
    """`headers` hold secrets: their values are shown nowhere."""

    endpoint: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def origin(self) -> Origin:
        return addresses.origin(self.endpoint)


def target() -> Target | None:
    """From the settings; None where there is no endpoint. Raises ValueError."""
    endpoint = settings.LAKEHOUSE_OTLP_ENDPOINT
    if not endpoint:
        return None
    return Target(read_endpoint(endpoint), read_headers(settings.LAKEHOUSE_OTLP_HEADERS))


def read_endpoint(text: str) -> str:
    """The URL as it is asked. Raises ValueError: what is wrong; the URL itself is not repeated."""
    if "@" in text.partition("//")[2].partition("/")[0]:
        raise ValueError(f"holds a user name or password. Put the key in {HEADERS}.")
    try:
        return addresses.normalised(text)
    except ValueError as error:
        raise ValueError(f"{error}.") from None


def read_headers(text: str) -> tuple[tuple[str, str], ...]:
    """Of `name=value,name=value`, values percent-encoded where they hold a comma.

    Raises ValueError that names the place of what is wrong, never the text.
    """
    found: dict[str, str] = {}
    for place, entry in enumerate(_entries(text), start=1):
        name, equals, value = (part.strip() for part in entry.partition("="))
        value = unquote(value)
        if not equals or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"is no header at its entry {place}. Write name=value,name=value.")
        found[name.lower()] = value
    return tuple(found.items())


def learn_secrets() -> None:
    """Makes the redactor know the headers' values, in the forms in which they could appear."""
    for entry in _entries(settings.LAKEHOUSE_OTLP_HEADERS):
        raw = entry.partition("=")[2].strip() or entry.strip()
        for value in {raw, unquote(raw)}:
            redact.learn(value)
            scheme, _, credentials = value.partition(" ")
            redact.learn(credentials)
            if scheme.lower() == "basic":
                for part in _decoded(credentials):
                    redact.learn(part)


def _entries(text: str) -> Iterator[str]:
    return (entry for entry in text.split(",") if entry.strip())


def _decoded(credentials: str) -> list[str]:
    try:
        return base64.b64decode(credentials, validate=True).decode().split(":", 1)
    except (binascii.Error, UnicodeDecodeError):
        return []
