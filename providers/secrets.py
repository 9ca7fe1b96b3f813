"""From the name of a secret to its value, and only for the hosts that it is bound to.

A secret is bound to a host in one of four ways, none of them in the database:
the adapter knows the vendor's own hosts; `hosts` beside the value in `secrets.toml`; the
variable REF_HOSTS (environment or env file); an entry of `config/providers.toml` that
names both. A changed base URL alone therefore never moves a key.
"""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import NoReturn, Protocol

import msgspec
from django.conf import settings

from providers import adapters, addresses, registered
from providers.addresses import Origin
from providers.errors import ErrorKind, ProviderError, failure
from providers.files import OpenToOthers
from providers.redact import redact
from providers.secret_sources import Held, Unreadable, env_file_of, files, look, sources, usable

__all__ = ["Secret", "State", "Status", "Unreadable", "files", "look", "resolve", "status"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_origin = lru_cache(maxsize=1024)(addresses.origin)


class Holder(Protocol):
    """A provider, as an `Endpoint` or as a row."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def auth(self) -> str: ...


class Secret:
    """A value that shows itself to `reveal` only."""

    __slots__ = ("_value", "reference", "where")

    def __init__(self, value: str, reference: str = "", where: str = "") -> None:
        self._value = value
        self.reference = reference
        self.where = where

    def reveal(self) -> str:
        """The value, "" for a provider that takes none. Give it to the transport only."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.reference or 'none'})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


class State(StrEnum):
    PRESENT = "present"
    NOT_NEEDED = "not needed"
    MISSING = "missing"
    WRONG_MODE = "wrong mode"
    UNREADABLE = "unreadable"
    NOT_BOUND = "not bound to host"


class Status(msgspec.Struct, frozen=True):
    """How a secret stands. `detail` says where it was found, or what to do; never a value."""

    state: State
    detail: str

    @property
    def usable(self) -> bool:
        return self.state in (State.PRESENT, State.NOT_NEEDED)


_NONE = Secret("")


def resolve(holder: Holder) -> Secret:
    """The provider's secret, looked up now: rotating one is editing its file.

    Files are looked at again at most once a second. Raises ProviderError(secret), whose words
    a client may see: where it was looked for is for those who run the gateway (`status`).
    """
    if not holder.auth:
        return _NONE
    secret, found = _resolved(holder)
    if secret is None:
        text = (
            f"The secret {holder.auth} of the provider {holder.name} cannot be used "
            f"({found.state}). Whoever runs the gateway sees why with manage.py doctor."
        )
        raise ProviderError(failure(ErrorKind.SECRET, text, accepted=False))
    return secret


def status(holder: Holder) -> Status:
    """How the provider's secret stands, without its value."""
    if not holder.auth:
        return Status(State.NOT_NEEDED, "No secret is named.")
    return _resolved(holder)[1]


def _resolved(holder: Holder) -> tuple[Secret | None, Status]:
    reference = holder.auth
    hosts: list[str] = []
    found: Held | None = None
    # No colon after the name: the redactor takes what follows "API_KEY:" for a key.
    unusable = f"The secret {reference} cannot be used."
    try:
        # Every source is asked while the host is not yet allowed: a later one may allow it.
        bound = _vouched(holder)
        for held in sources(reference, holder.name):
            hosts += held.hosts
            if found is None and held.value:
                found = held
            if found is not None and (bound or _listed(hosts, holder)):
                break
    except OpenToOthers as error:
        return None, Status(State.WRONG_MODE, f"{unusable} {error}")
    except Unreadable as error:
        return None, Status(State.UNREADABLE, f"{unusable} {error}")
    if found is None:
        return None, Status(State.MISSING, _missing(holder))
    redact.learn(found.value)
    if not usable(found.value):
        text = f"The secret {reference} in {found.where} holds a space, a line break or a letter "
        return None, Status(State.UNREADABLE, text + "outside ASCII. Write the key alone.")
    if not (bound or _listed(hosts, holder)):
        return None, Status(State.NOT_BOUND, _not_bound(holder))
    return Secret(found.value, reference, found.where), Status(
        State.PRESENT, f"Found in {found.where}."
    )


def _vouched(holder: Holder) -> bool:
    """True where the adapter or the registry file binds the secret to the base URL's host."""
    try:
        place = _origin(holder.base_url)
        adapter = adapters.get(holder.kind)
    except (ValueError, KeyError):
        return False
    known = holder.auth == adapter.defaults.auth and place.host in adapter.hosts
    if known and place.scheme == "https":
        return True
    return (holder.auth, place) in registered.read(Path(settings.PROVIDERS_FILE)).bound


def _listed(hosts: list[str], holder: Holder) -> bool:
    try:
        place = _origin(holder.base_url)
    except ValueError:
        return False
    return any(_names(entry, place) for entry in hosts)


def _names(entry: str, place: Origin) -> bool:
    """True when `host`, `host:port` or `scheme://host[:port]` names that origin.

    Without a scheme https is meant, or plain http to this very machine: a key that is
    sent in the clear must be said to be.
    """
    spelled = "://" in entry
    if not spelled and entry.count(":") > 1 and not entry.startswith("["):
        entry = f"[{entry}]"
    try:
        named = _origin(entry if spelled else f"{place.scheme}://{entry}")
    except ValueError:
        return False
    if spelled:
        return named == place
    any_port = not entry.rpartition("]")[2].rpartition(":")[1]
    safe = place.scheme == "https" or place.host in _LOOPBACK
    return safe and named.host == place.host and (any_port or named.port == place.port)


def _missing(holder: Holder) -> str:
    reference = holder.auth
    return (
        f"The secret {reference} of the provider {holder.name} is not set. Looked for: the "
        f"environment variables {reference} and {reference}_FILE, {settings.SECRETS_FILE}, "
        f"{env_file_of(holder.name)}."
    )


def _not_bound(holder: Holder) -> str:
    reference = holder.auth
    try:
        place = _origin(holder.base_url)
    except ValueError:
        return f"The secret {reference} was not sent: the base URL of {holder.name} is not usable."
    plain = place.scheme == "http" and place.host not in _LOOPBACK
    entry = str(place) if plain else str(place).partition("://")[2]
    return (
        f"The secret {reference} is not bound to the host {place.host}, so it was not sent there. "
        f"If it belongs there, say so in a file: an entry in {Path(settings.PROVIDERS_FILE).name} "
        f'with this base_url and auth = "{reference}", or hosts = ["{entry}"] under '
        f"[{reference}] in {Path(settings.SECRETS_FILE).name}, or {reference}_HOSTS={entry} in "
        "the environment."
    )
