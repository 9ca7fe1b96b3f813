"""Telling people of what rules did, off the line: a call never waits for it, nor fails by it."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from lakehouse.truth.problems import Problem
from lakehouse.truth.rule import Rule

logger = logging.getLogger(__name__)

AGAIN_SECS = 24 * 3600  # the same bad files
_thread = ThreadPoolExecutor(1, "rule-alerts")
# What waits to be told: one of each, so that a storm of calls does not fill the memory.
_waiting: set[str] = set()


def blocked(rule: Rule, call_id: UUID) -> None:
    """That a rule blocked a call; again after the live observer profile's cooldown."""
    page = reverse("admin:gateway_call_change", args=[call_id])
    body = {
        "problem": f"the truth rule {rule.id} blocked a call",
        "remedy": f"{rule.description}. The call: {settings.LAKEHOUSE_PUBLIC_URL}{page}",
        "number": 0,
    }
    _soon(f"truth:block:{rule.id}", body, None)


def files_are_bad(digest: str, problems: Sequence[Problem]) -> None:
    """That an edit of the rules is not in force; once for each content of the files."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    body = {
        "problem": f"the truth rules are not read anew: {problems[0]}{more}",
        "remedy": "The last good rules go on. Correct the files; manage.py truth check says when "
        "they are good.",
        "number": 0,
    }
    _soon(f"truth:files:{digest}", body, AGAIN_SECS)


def _soon(print_: str, body: dict[str, Any], secs: int | None) -> None:
    if print_ not in _waiting:
        _waiting.add(print_)
        _thread.submit(_done, print_, lambda: _tell(print_, body, secs))


def _tell(print_: str, body: dict[str, Any], secs: int | None) -> None:
    from lakehouse.observing import alerting
    from lakehouse.observing.models import Alert
    from profiles.live import observer_now

    wait = observer_now().alert_cooldown_secs if secs is None else secs
    with transaction.atomic():
        alerting.tell(Alert.Kind.SELF_CHECK, print_, body, secs=wait, events=1)


def _done(print_: str, tell: Callable[[], None]) -> None:
    try:
        tell()
    except Exception:
        logger.exception("an alert of truth rules was not written: %s", print_)
    finally:
        _waiting.discard(print_)
        connection.close()
