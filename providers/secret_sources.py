"""Where a secret's value is looked for, in order; the first place that has it wins.

1. the environment variable REF          2. the file that the variable REF_FILE names
3. `secrets.toml`: `REF = "value"` or `[REF]` with `value` and `hosts`
4. `<secrets folder>/<provider>.env`: lines of `REF=value` and `REF_HOSTS=host,host`
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from django.conf import settings

from providers.files import OpenToOthers, Watched
from providers.suggest import suggestion

Parsed = TypeVar("Parsed")

# What an HTTP header can carry; anything else would be refused, or split, on the way.
_USABLE = re.compile(r"[\x21-\x7e]+")
_QUOTES = "\"'"
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


class Unreadable(Exception):
    """A source that is there and cannot be used; the message names it, never a value."""


class Held(msgspec.Struct, frozen=True):
    """What one source says of a secret: its value ("" for none), where, and allowed hosts."""

    where: str
    value: str = ""
    hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Held({self.where})"


def sources(reference: str, provider: str) -> Iterator[Held]:
    """Each source's word on the secret, in order. Raises OpenToOthers and Unreadable."""
    yield _environment(reference)
    if file := os.environ.get(f"{reference}_FILE"):
        yield _named_file(reference, Path(file))
    yield _secrets_file(reference, Path(settings.SECRETS_FILE))
    yield _env_file(reference, env_file_of(provider))


def env_file_of(provider: str) -> Path:
    return Path(settings.SECRETS_DIR) / f"{provider}.env"


def files() -> list[Path]:
    """The files of secrets that exist on this machine, apart from those named by variables."""
    folder = sorted(Path(settings.SECRETS_DIR).glob("*.env"))
    first = Path(settings.SECRETS_FILE)
    return [*([first] if first.exists() else []), *folder]


def look(path: Path) -> None:
    """Reads a file of secrets only to see that it can be. Raises OpenToOthers, Unreadable."""
    _read(_tables if path.suffix == ".toml" else _variables, path)


def forget() -> None:
    """Drops what is remembered of the files, so that the next look is at the disk."""
    for watched in (_tables, _variables, _texts):
        watched.forget()


def usable(value: str) -> bool:
    return _USABLE.fullmatch(value) is not None


def _environment(reference: str) -> Held:
    value = os.environ.get(reference, "").strip()
    hosts = os.environ.get(f"{reference}_HOSTS", "")
    return Held(f"the environment variable {reference}", value, _split(hosts))


def _named_file(reference: str, path: Path) -> Held:
    text = _read(_texts, path)
    if text is None:
        raise Unreadable(f"{reference}_FILE names {path}, and there is no such file.")
    return Held(f"{path} (named by {reference}_FILE)", text.strip())


def _secrets_file(reference: str, path: Path) -> Held:
    where = f"{path.name} ({path})"
    entry: Any = (_read(_tables, path) or {}).get(reference)
    if entry is None:
        return Held(where)
    if isinstance(entry, str):
        return Held(where, entry.strip())
    value, hosts = _table(reference, path, entry)
    return Held(where, value.strip(), tuple(hosts))


def _table(reference: str, path: Path, entry: Any) -> tuple[str, list[str]]:
    if not isinstance(entry, dict):
        raise Unreadable(f'{path}: {reference} must be a text, or a table with "value".')
    for key in entry:
        if key not in ("value", "hosts"):
            near = suggestion(key, ("value", "hosts"))
            raise Unreadable(f"{path}: unknown key in [{reference}]. {near}")
    value, hosts = entry.get("value", ""), entry.get("hosts", [])
    if not isinstance(value, str) or not isinstance(hosts, list):
        raise Unreadable(f'{path}: in [{reference}], "value" is a text and "hosts" a list.')
    if not all(isinstance(host, str) for host in hosts):
        raise Unreadable(f'{path}: in [{reference}], "hosts" is a list of texts.')
    return value, hosts


def _env_file(reference: str, path: Path) -> Held:
    found = _read(_variables, path) or {}
    hosts = found.get(f"{reference}_HOSTS", "")
    return Held(str(path), found.get(reference, ""), _split(hosts))


def _read(watched: Watched[Parsed], path: Path) -> Parsed | None:
    """None when there is no such file. Foreign exceptions are translated here and only here."""
    try:
        return watched.read(path)
    except OpenToOthers:
        raise
    except tomllib.TOMLDecodeError as error:
        # Only the place: the reader's text may repeat what stands there.
        place = re.search(r"\(at line (\d+)", str(error))
        line = f":{place[1]}" if place else ""
        raise Unreadable(f"{path}{line}: this is not TOML.") from None
    except _Line as error:
        number, what = error.args
        raise Unreadable(f"{path}:{number}: {what}.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise Unreadable(
            f"{path} cannot be read ({type(error).__name__}). "
            "Check its owner, its mode and that it is UTF-8 text."
        ) from None


class _Line(ValueError):
    """A line of an env file that cannot be used; args are its number and what is wrong."""


def _parse_env(text: str) -> dict[str, str]:
    """`NAME=value` lines as systemd reads them: comments, blank lines and quotes allowed."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if not plain or plain[0] in "#;":
            continue
        match = _LINE.fullmatch(plain)
        if match is None:
            raise _Line(number, "this is not NAME=value; a comment begins with #")
        value = match[2].strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
            value = value[1:-1]
        if any(quote in value for quote in _QUOTES):
            raise _Line(number, "a quote is open, or stands within the value")
        found[match[1]] = value
    return found


def _split(hosts: str) -> tuple[str, ...]:
    return tuple(hosts.replace(",", " ").split())


def _watch(parse: Callable[[str], Parsed]) -> Watched[Parsed]:
    return Watched(parse, private=True)


_tables = _watch(tomllib.loads)
_variables = _watch(_parse_env)
_texts = _watch(str)
