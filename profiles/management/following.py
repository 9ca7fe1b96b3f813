"""An activation in a shell: what is said of one that was asked for, and waiting for its end."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.activation.activate import wait
from profiles.activation.model import Activation, State
from profiles.activation.record import steps_of, waiting_for
from profiles.management.progress import Progress

LONGEST = 600.0


def add_wait(parser: Any) -> None:
    """To a parser, or to a group of one."""
    parser.add_argument(
        "--wait",
        nargs="?",
        type=float,
        const=LONGEST,
        metavar="SECONDS",
        help="show the steps until it has ended (at most %(const)g seconds, or as many as you "
        "say); exit 1 unless it succeeded",
    )


def follow(command: BaseCommand, activation: Activation, seconds: float | None) -> None:
    """Says how to follow it, or waits so long. Raises CommandError unless it then succeeded."""
    if seconds is None:
        if lacks := waiting_for(activation):
            command.stdout.write(lacks)
        command.stdout.write(f"{activation.profile}@{activation.revision} is {activation.state}.")
        command.stdout.write(ways_on(activation))
        return
    with Progress(command.stdout) as progress:
        try:
            ended = wait(activation, seconds, lambda now: progress.show(steps_of(now), remark(now)))
        except KeyboardInterrupt:
            text = f"You left; the activation goes on.\n{ways_on(activation)}"
            raise CommandError(text, returncode=130) from None
    _conclude(command, ended, seconds)


def ways_on(activation: Activation) -> str:
    return (
        f"Follow it: manage.py activations show {activation.pk}\n"
        f"Cancel it: manage.py activations cancel {activation.pk}"
    )


def remark(activation: Activation) -> str:
    """How one that has not ended stands; "" for one that has."""
    if activation.ended:
        return ""
    title = f"{activation.profile}@{activation.revision}"
    return waiting_for(activation) or f"{title} is {activation.state}."


def _conclude(command: BaseCommand, ended: Activation, seconds: float) -> None:
    if ended.state == State.SUCCEEDED:
        before = "none"
        if ended.before_profile:
            before = f"{ended.before_profile}@{ended.before_revision}"
        command.stdout.write(
            f"The {ended.kind} profile {ended.profile}@{ended.revision} is live. Before it: "
            f"{before}."
        )
    elif ended.ended:
        was = "" if ended.state == State.FAILED else "was "
        raise CommandError(f"It {was}{ended.state}: {ended.error}")
    else:
        raise CommandError(
            f"It is still {ended.state} after {seconds:g} seconds, and goes on. "
            f"{waiting_for(ended)}".rstrip()
            + f"\n{ways_on(ended)}"
        )
