"""What makes two failures the same one: who failed how, in words without what varies.

No Django here. A fingerprint begins with the algorithm's version: a new algorithm gives new
clusters, and never mixes with the ones that are there.
"""

import hashlib
import json
import re

import msgspec

from providers.errors import ErrorKind
from providers.redact import redact

VERSION = "1"
LONGEST = 500

_CLIENTS_OWN = frozenset(
    {
        ErrorKind.BAD_REQUEST,
        ErrorKind.UNSUPPORTED,
        ErrorKind.CONTEXT_LENGTH,
        ErrorKind.CONTENT_FILTER,
        ErrorKind.TOO_LARGE,
    }
)
_KINDS = frozenset(ErrorKind)
_LADDER = "no_rung_answered"

# In this order: what is found first may hold the others.
_VARIES = tuple(
    (re.compile(pattern), shown)
    for pattern, shown in (
        (r"(?<![\w+.-])[a-zA-Z][a-zA-Z0-9+.-]*://[^\s\"'<>)\]]+", "<url>"),
        (r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "<address>"),
        # A quotation, or one that was cut short with the text.
        (r'"[^"]*(?:"|…$)|“[^”]*(?:”|…$)|`[^`]*(?:`|…$)', "<text>"),
        (r"(?<!\w)'[^']*(?:'(?!\w)|…$)", "<text>"),
        (r"(?<![\w<])(?:[A-Za-z]:|\.{1,2}|~)?(?:[/\\][\w.@~%+=-]+)+[/\\]?", "<path>"),
        (r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "<id>"),
        # A word of letters and digits is an id; so is a long one of both cases.
        (r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z_])[\w-]{6,}", "<id>"),
        (r"\b(?=\w*[a-z])(?=\w*[A-Z])\w{24,}", "<id>"),
        (r"[-+]?\d+(?:[.,:]\d+)*", "<n>"),
    )
)


class Failed(msgspec.Struct, frozen=True):
    """A failed call. `revision` is its execution profile's, "" without one."""

    provider: str = ""
    model: str = ""
    error_kind: str = ""
    message: str = ""
    revision: str = ""
    status: int | None = None


def normal(message: str) -> str:
    """The message on one line, without secrets, numbers, ids, paths, URLs, addresses and
    quotations, at most LONGEST characters."""
    text = redact(message)
    for pattern, shown in _VARIES:
        text = pattern.sub(shown, text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def of_client(failed: Failed) -> bool:
    """Whether the failure is of the client's own making: a request that nobody could answer.

    A model that is not there is the client's only where no profile chose it.
    """
    kind = failed.error_kind
    if kind in _KINDS:
        missing = kind == ErrorKind.MODEL_NOT_FOUND and not failed.revision
        return missing or kind in _CLIENTS_OWN
    return kind != _LADDER and 400 <= (failed.status or 0) < 500


def fingerprint(failed: Failed) -> str:
    """At most 40 characters, the same for failures that are the same."""
    told = (
        *(failed.provider, redact(failed.model), failed.error_kind),
        *(normal(failed.message), failed.revision),
    )
    return _made("client:" if of_client(failed) else "", *told)


def fingerprint_of_others(failed: Failed) -> str:
    """Of the cluster that takes what has no place of its own any more, one a provider."""
    return _made("other:client:" if of_client(failed) else "other:", failed.provider)


def alerts(print_: str) -> bool:
    """Whether failures with this fingerprint are news for an operator: not the client's own."""
    return "client" not in print_.split(":")


def _made(group: str, *told: str) -> str:
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return f"{VERSION}:{group}{digest[:24]}"
