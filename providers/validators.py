"""What each field of a provider may hold: one set of rules for form, REST and registry file.

Every function raises Django's ValidationError. No message repeats a value that could be
a secret pasted into the wrong field.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from providers import addresses
from providers.redact import redact
from providers.suggest import shown, suggestion

LONGEST_TIMEOUT = 3600.0
MAX_HEADERS = 32
LONGEST_TEXT = 1000

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_REFERENCE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")
_SECRET_NAME = re.compile(
    r"(^|[-_])(auth|authorization|authentication|token|secret|password|cookie|credentials?"
    r"|(api|access|auth|subscription)?[-_]?key)([-_]|$)",
    re.IGNORECASE,
)
# Those that the transport or the adapter sets, and those that tell a server whom we speak for.
_OURS = frozenset(
    {
        "host",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "accept",
        "accept-encoding",
        "date",
        "via",
        "forwarded",
        "range",
    }
)


def name(value: str) -> None:
    if not _NAME.fullmatch(value):
        raise ValidationError(
            "A provider's name is its prefix: 1 to 63 lower-case letters, digits, - or _, "
            "and a letter first."
        )


def base_url(value: str) -> None:
    try:
        addresses.normalised(value)
    except ValueError as error:
        raise ValidationError(f"base_url {error}.") from None


def auth(value: str) -> None:
    """A reference, never the secret itself; "" for none."""
    if value and not _REFERENCE.fullmatch(value):
        raise ValidationError(
            "auth names a secret, it does not hold one: capital letters, digits and _ like "
            'MY_API_KEY, or "none". Put the secret itself in an environment variable or the '
            "secrets file under that name; if you pasted a key here, replace that key."
        )


def seconds(value: float) -> None:
    # Said as "not inside", since no comparison is true of NaN.
    if not 0 < value <= LONGEST_TIMEOUT:
        raise ValidationError(
            f"Write a number of seconds above 0 and at most {LONGEST_TIMEOUT:.0f}."
        )


def one_line(value: str) -> None:
    if len(value) > LONGEST_TEXT or any(not c.isprintable() for c in value):
        raise ValidationError(
            f"Write one line of at most {LONGEST_TEXT} characters without control characters."
        )


def user_agent(value: str) -> None:
    if value and not _HEADER_VALUE.fullmatch(value):
        raise ValidationError("A User-Agent is one line of plain ASCII, without spaces around it.")


def headers(value: Any) -> None:
    """A JSON object of names to text values that neither steers a request nor holds a key."""
    if not isinstance(value, Mapping) or len(value) > MAX_HEADERS:
        raise ValidationError(
            f"headers is an object of at most {MAX_HEADERS} names, each with a text."
        )
    seen: set[str] = set()
    for key, text in value.items():
        _header(key, text)
        if key.lower() in seen:
            raise ValidationError(f'The header "{key}" is there twice.')
        seen.add(key.lower())


def _header(key: Any, text: Any) -> None:
    if not isinstance(key, str) or not _HEADER_NAME.fullmatch(key) or redact.holds_secret(key):
        raise ValidationError("A header's name is letters, digits and - only.")
    low = key.lower()
    if low == "user-agent":
        raise ValidationError('Set "user-agent" in the field user_agent, not in headers.')
    if _SECRET_NAME.search(low):
        raise ValidationError(
            f'The header "{key}" carries a secret. Name the secret in auth and keep its value '
            "in the environment or the secrets file; the adapter sends it."
        )
    if low in _OURS or low.startswith(("proxy-", "x-forwarded-", "sec-")):
        raise ValidationError(f'The header "{key}" is set by the gateway; leave it out.')
    if not isinstance(text, str) or len(text) > LONGEST_TEXT or not _HEADER_VALUE.fullmatch(text):
        raise ValidationError(
            f'The value of the header "{key}" must be one line of plain ASCII text, '
            f"1 to {LONGEST_TEXT} characters, without spaces around it."
        )
    if redact.holds_secret(text):
        raise ValidationError(
            f'The value of the header "{key}" looks like a key. Secrets are named in auth only.'
        )


def options(value: Any, known: Mapping[str, type]) -> None:
    """An object of the adapter's own settings: names from `known`, values of its types."""
    if not isinstance(value, Mapping):
        raise ValidationError("options is an object of the adapter's settings.")
    for key, given in value.items():
        if key not in known:
            near = suggestion(shown(key), known)
            raise ValidationError(f'options has no "{shown(key)}". {near}')
        if not _is(given, known[key]):
            raise ValidationError(f'options: "{key}" must be {_named(known[key])}.')


def _is(value: Any, wanted: type) -> bool:
    if wanted is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and -1e15 < value < 1e15
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1e15
    return isinstance(value, wanted) and is_plain(value)


def is_plain(value: Any) -> bool:
    """True when the database can keep it: no NUL, no lone surrogate, no NaN, anywhere inside."""
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
        case float():
            return math.isfinite(value)
        case Mapping():
            return all(is_plain(k) and is_plain(v) for k, v in value.items())
        case list() | tuple():
            return all(is_plain(v) for v in value)
        case _:
            return True


def _named(wanted: type) -> str:
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}
    return names.get(wanted, "a list" if wanted is list else "an object")
