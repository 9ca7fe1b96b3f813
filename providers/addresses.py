"""Base URLs: one spelling for each, and the origin (scheme, host, port) that secrets are bound to.

No Django here. Everything that could steer a key elsewhere (user names, queries,
fragments, control characters) is refused; no message repeats the URL, which may hold one.
"""

import re
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
LONGEST = 500

_PLAIN = re.compile(r"[\x21-\x7e]*")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:.]+")


class Origin(NamedTuple):
    """Where a request really goes. `host` is lower-case, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = PORTS.get(self.scheme) == self.port
        return f"{self.scheme}://{host}" if usual else f"{self.scheme}://{host}:{self.port}"


def normalised(url: str) -> str:
    """The URL with lower-case scheme and host and without a trailing slash.

    Raises ValueError whose text completes "base_url …": what is wrong, what to write.
    """
    place, path = _read(url.strip(" "))
    return f"{place}{path.rstrip('/')}"


def origin(url: str) -> Origin:
    """The origin of a base URL. Raises ValueError as `normalised` does."""
    return _read(url)[0]


def _read(text: str) -> tuple[Origin, str]:
    # Before urlsplit, which drops tabs and line ends silently.
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if not _PLAIN.fullmatch(text):
        raise ValueError(
            "holds a space, a control character or a letter outside ASCII; "
            "write international names in their xn-- form"
        )
    if "\\" in text:
        raise ValueError("holds a backslash; write slashes")
    if "?" in text or "#" in text:
        raise ValueError("holds a query or a fragment; end it at the path")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL; write https://host[:port][/path]") from None
    return _origin(parts, port), parts.path


def _origin(parts: SplitResult, port: int | None) -> Origin:
    if parts.scheme not in PORTS:
        raise ValueError("must begin with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError(
            "holds a user name or password; put the key in the secrets file and name it in auth"
        )
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or port == 0:
        raise ValueError("names no host, or one with odd characters; write https://host[:port]")
    if ".." in host or any(step in (".", "..") for step in parts.path.split("/")):
        raise ValueError("holds an empty or relative step; write the path out")
    return Origin(parts.scheme, host, port or PORTS[parts.scheme])
