"""Running an activation: claim it, take its steps, move what is live, record how it ended."""

import logging
import time
from collections.abc import Callable

from django.db import Error, InterfaceError, InternalError, OperationalError

from profiles.activation.flip import flip
from profiles.activation.lease import Lease, Lost, claim
from profiles.activation.locking import TryAgain
from profiles.activation.model import Activation, State
from profiles.activation.network import Network
from profiles.activation.preparation import prepare
from profiles.activation.record import Step, steps_of, stored
from profiles.activation.release import RELEASED, release
from profiles.activation.steps import StepFailed, Steps
from profiles.activation.target import ProfileNotFound, Revision, Target, target_of

logger = logging.getLogger(__name__)

_FORESEEN = (StepFailed, TryAgain, ProfileNotFound, Revision.DoesNotExist)
_DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)


def run(pk: str, stopping: Callable[[], bool] = lambda: False) -> None:
    """Runs a pending or abandoned activation to its end, and does nothing with any other.

    When `stopping` turns true, or the database goes away, it is left for another runner.
    """
    lease = claim(pk)
    if lease is None:
        return
    steps = Steps(lease.show, kept=steps_of(lease.activation))
    with Network() as network:
        try:
            with lease.kept(network.stop, stopping):
                target = _activate(lease, steps, network)
        except Lost:
            logger.info("activation %s is no longer this runner's", pk)
        except Error as error:
            logger.warning("activation %s is left for another runner: %s", pk, error)
        else:
            if target is not None:
                _release(lease, target, network)


def _activate(lease: Lease, steps: Steps, network: Network) -> Target | None:
    """The target, when it went live. Raises Lost, and what a database that is away raises."""
    asked = lease.activation
    try:
        target = target_of(asked.kind, asked.profile, asked.revision)
        prepare(target, steps, network)
        state = flip(lease, target, steps)
        logger.info("activation %s of %s: %s", asked.pk, target, state)
        return target if state is State.SUCCEEDED else None
    except (Lost, *_DATABASE_AWAY):
        raise
    except _FORESEEN as error:
        why = str(error)
    except Exception as error:
        logger.exception("activation %s", asked.pk)
        why = (
            f"It broke off with {type(error).__name__}, which should not happen. What was live "
            "still is. See the worker's log, and activate it again."
        )
    lease.end(State.FAILED, why, steps.interrupted(why))
    logger.info("activation %s of %s failed: %s", asked.pk, asked.profile, why)
    return None


def _release(lease: Lease, target: Target, network: Network) -> None:
    """The step after the end: whatever becomes of it, the activation has succeeded."""
    started = time.monotonic()
    try:
        moved = Activation.objects.get(pk=lease.activation.pk)
        outcome = release(moved, target, network)
        if outcome is not None:
            took = round((time.monotonic() - started) * 1000)
            step = Step(RELEASED, outcome.result, outcome.detail, took)
            rows = Activation.objects.filter(pk=moved.pk, token=lease.token, state=moved.state)
            rows.update(steps=stored([*steps_of(moved), step]))
    except Exception:
        logger.exception("activation %s: the model it replaced was not released", target)
