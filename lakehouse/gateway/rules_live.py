"""The truth rules in force in this process: read from their files, and again when those change.

A change is heard within a second, by looking at the files' times. A bad edit never replaces a
good set: that goes on, the log and an alert say so, and the admin shows it on every page.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from django.conf import settings

from lakehouse.gateway import rule_alerts
from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.truth import loading
from lakehouse.truth.problems import Problem, RulesError
from lakehouse.truth.rule import Ruleset

logger = logging.getLogger(__name__)

POLL_SECS = 1.0
Stamp = tuple[tuple[str, int, int, int], ...] | None


class Standing(msgspec.Struct, frozen=True):
    """`problems` are those of the present files, where an older set is in force because of them.

    `since` is when the set in force was read.
    """

    rules: Ruleset = Ruleset()
    problems: tuple[Problem, ...] = ()
    since: datetime | None = None


_standing: Standing | None = None
_read_at: Stamp = None
_told: Stamp = None


def folder() -> Path:
    return Path(settings.TRUTH_DIR)


def current() -> Ruleset:
    """What calls are held to now; read on first use. Raises RulesError, then only."""
    return standing().rules


def standing() -> Standing:
    """As `current`, with what is wrong with the files."""
    if _standing is None:
        return start()
    return _standing


def shown() -> Standing:
    """For people: in a process without `run`, the files as they are now. Never raises."""
    try:
        if not _polled:
            look()
        return standing()
    except RulesError as error:
        return Standing(problems=error.problems)


def start() -> Standing:
    """Reads the files anew. Raises RulesError with everything that is wrong with them."""
    global _standing, _read_at, _told
    stamp = _stamp(folder())
    rules = read()
    _standing, _read_at, _told = Standing(rules, since=_now()), stamp, None
    return _standing


def read() -> Ruleset:
    """The files' rules, without putting them in force. Raises RulesError."""
    there = folder()
    inside = there.is_relative_to(settings.BASE_DIR)
    return loading.load(there, FIELDS, str(there.relative_to(settings.BASE_DIR)) if inside else "")


def problems() -> Sequence[Problem]:
    """Everything that is wrong with the present files; nothing, mostly."""
    try:
        read()
    except RulesError as error:
        return error.problems
    return ()


def forget() -> None:
    """Drops what is in force, so that the next use reads the files."""
    global _standing
    _standing = None


def look() -> bool:
    """Reads the files if they changed since they were read; whether they had."""
    global _standing, _read_at
    stamp = _stamp(folder())
    if _standing is not None and stamp == _read_at:
        return False
    before, _read_at = _standing, stamp
    try:
        _standing = Standing(read(), since=_now())
    except RulesError as error:
        if before is None:
            raise
        _standing = msgspec.structs.replace(before, problems=error.problems)
        logger.error(
            "the truth rules are not read anew, the last good ones go on: %s",
            " | ".join(map(str, error.problems)),
        )
    else:
        logger.info("truth rules: %d are in force", len(_standing.rules.rules))
    return True


_polled = False


async def run() -> None:
    """Looks every second, for ever."""
    global _polled
    _polled = True
    try:
        while True:
            await asyncio.sleep(POLL_SECS)
            try:
                if not await asyncio.to_thread(look):
                    _tell_once()
            except Exception:
                logger.exception("the truth rules could not be looked at; the last ones go on")
    finally:
        _polled = False


def _tell_once() -> None:
    """Of files that are still as bad as a second ago: one that is being written is no news."""
    global _told
    if _standing is not None and _standing.problems and _told != _read_at:
        _told = _read_at
        text = "\n".join(map(str, _standing.problems))
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        rule_alerts.files_are_bad(digest, _standing.problems)


def _stamp(there: Path) -> Stamp:
    """What changes with the files; None where the directory cannot be read."""
    try:
        if not there.is_dir():
            return None
        found = [(file, file.stat()) for file in sorted(there.glob(loading.PATTERN))]
        return tuple((f.name, s.st_mtime_ns, s.st_size, s.st_ino) for f, s in found)
    except OSError:
        return None


def _now() -> datetime:
    return datetime.now(UTC)
