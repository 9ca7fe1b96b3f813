"""Validators by name: ours, and those that installed packages provide.

A package provides one as an entry point of the group `lakehouse.validators`:

    [project.entry-points."lakehouse.validators"]
    house_tone = "acme.validators:house_tone"

`house_tone(settings)` gets the settings of the list that names it, a plain object, and gives a
`Checks`; it raises ValueError with a sentence where the settings are wrong. What is in the
database only names it: no code ever comes from there.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, cast

import msgspec

from lakehouse.validation.errors import MOST, WHOLE, Invalid
from lakehouse.validation.subject import Subject
from profiles.execution.validators import ENTRY_POINTS, VALIDATORS, Named

logger = logging.getLogger(__name__)


class Checks(Protocol):
    """What a package provides: called with each answer, from a thread; what it yields is wrong."""

    def __call__(self, subject: Subject) -> Iterable[Invalid]: ...


class Own(Protocol):
    """One of ours. `apart`: it waits for another process, so it is called from a thread."""

    apart: bool

    def check(self, subject: Subject) -> list[Invalid]: ...


class Validator(msgspec.Struct, frozen=True):
    """One validator with its settings, ready for answers."""

    name: str
    apart: bool
    _check: Callable[[Subject], Iterable[Invalid]]

    def check(self, subject: Subject) -> list[Invalid]:
        """At most MOST errors, each with the validator's name. Never raises."""
        try:
            found: list[Invalid] = []
            for error in self._check(subject):
                if len(found) == MOST:
                    break
                found.append(msgspec.structs.replace(error, validator=self.name))
            return found
        except Exception as error:
            logger.exception("the validator %s failed", self.name)
            return [_unusable(self.name, f"It failed itself ({type(error).__name__}).")]


class Broken(Exception):
    """A package's validator that cannot be loaded; says which and why."""


@lru_cache(256)
def built(named: tuple[Named, ...]) -> tuple[Validator, ...]:
    """Ready to use. One that cannot be made is there too, and no answer passes it."""
    return tuple(_built(each) for each in named)


def loaded(name: str) -> Callable[[Mapping[str, Any]], Checks]:
    """What a package provides under the name. Raises Broken with the validator's name."""
    entry = _installed().get(name)
    if entry is None:
        raise Broken(
            f"{name}: no installed package provides this validator. Install the one that does, or "
            "take it out of the profile."
        )
    try:
        found = entry.load()
    except Exception as error:
        text = f"{name}: {entry.value} cannot be loaded ({type(error).__name__}: {error})."
        raise Broken(text) from error
    if not callable(found):
        raise Broken(f"{name}: {entry.value} is no function of settings.")
    return cast(Callable[[Mapping[str, Any]], Checks], found)


def faults() -> list[str]:
    """What is wrong with those that packages provide, one sentence each."""
    found = [
        f"{entry.name}: {entry.value} has the name of one of Lakehouse's own. Rename it."
        for entry in entry_points(group=ENTRY_POINTS)
        if entry.name in VALIDATORS
    ]
    for name in _installed():
        try:
            loaded(name)
        except Broken as error:
            found.append(str(error))
    return found


def _built(named: Named) -> Validator:
    settings = msgspec.json.decode(named.settings)
    if named.name in VALIDATORS:
        module = import_module(f"lakehouse.validation.validators.{named.name}")
        own: Own = module.make(settings)
        return Validator(named.name, own.apart, own.check)
    try:
        checks = loaded(named.name)(settings)
        if not callable(checks):
            raise Broken(f"{named.name}: what it gives for its settings checks nothing.")
    except Broken as error:
        logger.error("%s", error)
        return _refusing(named.name, str(error))
    except Exception as error:
        text = f"{named.name}: its settings are wrong ({type(error).__name__}: {error})."
        logger.error("%s", text)
        return _refusing(named.name, text)
    return Validator(named.name, True, checks)


def _refusing(name: str, why: str) -> Validator:
    """In place of one that cannot be used: an answer that nobody looked at has not passed."""
    return Validator(name, False, lambda _: [_unusable(name, why)])


def _unusable(name: str, why: str) -> Invalid:
    return Invalid("policy", WHOLE, f"It was not checked. {why}", name, final=True)


@cache
def _installed() -> dict[str, EntryPoint]:
    found = entry_points(group=ENTRY_POINTS)
    return {entry.name: entry for entry in found if entry.name not in VALIDATORS}
