"""Looks from a thread of its own whether a running audit was cancelled, or must stop."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import Error, connection

from lakehouse.audit.models import AuditRun

logger = logging.getLogger(__name__)

LOOK_SECS = 1.0


@contextmanager
def watched(
    run: AuditRun, stop: Callable[[], None], stopping: Callable[[], bool]
) -> Iterator[None]:
    """Calls `stop`, once, when the audit was cancelled or `stopping` turned true."""
    done = threading.Event()
    looking = threading.Thread(
        target=_look, args=(run, done, stop, stopping), name="audit-watch", daemon=True
    )
    looking.start()
    try:
        yield
    finally:
        done.set()
        looking.join()


def _look(
    run: AuditRun, done: threading.Event, stop: Callable[[], None], stopping: Callable[[], bool]
) -> None:
    cancelled = AuditRun.objects.filter(pk=run.pk, state=AuditRun.State.CANCELLED)
    try:
        while not done.wait(LOOK_SECS):
            try:
                if stopping() or cancelled.exists():
                    stop()
                    return
            except Error as error:
                # The runner itself finds out when it writes.
                logger.warning(
                    "audit %s: whether it was cancelled is not known (%s)", run.pk, error
                )
                connection.close()
    finally:
        connection.close()
