"""`activate_profile` and `activations`: asking, following, cancelling, rolling back in a shell."""

import _thread
import getpass
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import connection

from profiles.activation.model import Activation
from profiles.activation.record import NO_WORKER
from profiles.activation.run import run
from profiles.management.following import follow
from profiles.models import ExecutionProfile
from tests.processes import eventually
from tests.profiles.activation.acting import live, ran
from tests.profiles.commands.shell import Terminal, found, refused, said
from tests.profiles.making import changed, execution, provider
from tests.providers.conftest import Shelf

pytestmark = pytest.mark.django_db
ASK = ("activate_profile", "execution", "support")


def asked(*words: str) -> Activation:
    said(*ASK, *words)
    newest = Activation.objects.first()
    assert newest is not None
    return newest


def followed(activation: Activation, out: StringIO, seconds: float = 1) -> str:
    follow(BaseCommand(stdout=out, no_color=True), activation, seconds)
    return out.getvalue()


def first(activation: Activation) -> str:
    return str(activation.pk)[:8]


# --- asking -----------------------------------------------------------------


def test_an_activation_is_asked_for_and_how_to_follow_it_is_said() -> None:
    execution()
    text = said(*ASK)
    (made,) = Activation.objects.all()
    assert f"Activation {made.pk} of the execution profile support@1." in text
    assert NO_WORKER in text
    assert f"manage.py activations cancel {made.pk}" in text
    assert (made.requested_by, made.requested_via) == (getpass.getuser(), "command")


def test_an_earlier_revision_can_be_asked_for() -> None:
    changed(execution(), owner="team")
    assert asked("--revision", "1").revision == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["exection", "support"], 'Did you mean "execution"?'),
        (["ladder", "fast"], 'No kind of profile is "ladder"'),
        (["execution", "suport"], 'Did you mean "support"?'),
        (["execution", "support", "--revision", "9"], "no revision 9. Its revisions: 1"),
        (["execution", "support", "--wait", "1", "--dry-run"], "not allowed with argument"),
    ],
)
def test_what_is_not_there_is_refused(words: list[str], message: str) -> None:
    execution()
    assert message in refused("activate_profile", *words)
    assert not Activation.objects.exists()


def test_a_second_one_is_told_who_was_first_and_how_to_cancel() -> None:
    execution()
    made = asked()
    text = refused(*ASK)
    assert f"{getpass.getuser()} asked for revision 1" in text
    assert f"manage.py activations cancel {made.pk}" in text


# --- waiting ----------------------------------------------------------------


def test_who_waits_too_short_is_told_that_it_goes_on() -> None:
    execution()
    text = refused(*ASK, "--wait", "0")
    assert text.startswith(f"It is still pending after 0 seconds, and goes on. {NO_WORKER}\n")


def test_steps_and_the_end_are_lines_in_a_pipe(shelf: Shelf) -> None:
    provider("echo")
    execution(provider="echo")
    text = followed(ran(asked()), StringIO())
    assert "provider reachable: ok" in text
    assert text.endswith("The execution profile support@1 is live. Before it: none.\n")


def test_steps_are_a_table_at_a_terminal(shelf: Shelf) -> None:
    execution()
    ran(asked())
    changed(ExecutionProfile.objects.get(), owner="team")
    text = followed(ran(asked()), Terminal())
    assert "┏━━━" in text and "invariants" in text
    assert text.endswith("is live. Before it: support@1.\n")


def test_one_that_fails_is_a_bad_exit_that_says_why(shelf: Shelf) -> None:
    provider("corp", enabled=False)
    execution(provider="corp")
    with pytest.raises(CommandError, match="It failed: The provider corp is switched off"):
        followed(ran(asked()), StringIO())


def test_who_leaves_is_told_that_it_goes_on() -> None:
    execution()
    made = asked()
    timer = threading.Timer(0.15, _thread.interrupt_main)
    timer.start()
    with pytest.raises(CommandError, match="You left; the activation goes on") as caught:
        followed(made, StringIO(), 10)
    assert caught.value.returncode == 130
    assert f"activations cancel {made.pk}" in str(caught.value)
    timer.join()


@pytest.mark.django_db(transaction=True)
def test_waiting_ends_when_a_worker_has_made_it_live(shelf: Shelf) -> None:
    execution()
    with working():
        text = said(*ASK, "--wait", "10")
    assert "flip: ok" in text
    assert text.endswith("The execution profile support@1 is live. Before it: none.\n")


@contextmanager
def working() -> Iterator[None]:
    """Runs what is asked for meanwhile, once, as a worker does."""

    def work() -> None:
        try:
            if eventually(lambda: Activation.objects.exists()):
                run(str(Activation.objects.get().pk))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(10)


# --- dry run ----------------------------------------------------------------


def test_a_dry_run_takes_the_steps_and_changes_nothing(shelf: Shelf) -> None:
    provider("echo")
    execution(provider="echo")
    text = said(*ASK, "--dry-run")
    assert "provider reachable: ok" in text
    assert text.endswith("Nothing stands in its way. Nothing was changed.\n")
    assert not Activation.objects.exists()


def test_a_dry_run_that_would_fail_is_a_bad_exit(shelf: Shelf) -> None:
    provider("corp", enabled=False)
    execution(provider="corp")
    assert "It would fail: " in refused(*ASK, "--dry-run")


# --- activations ------------------------------------------------------------


def test_activations_are_listed_the_newest_first() -> None:
    execution()
    assert "Ask for one" in said("activations", "list")
    ran(asked())
    asked()
    assert [one["state"] for one in found("activations", "list")] == ["pending", "succeeded"]
    text = said("activations", "list", "execution", "support", "--limit", "1")
    assert "pending" in text and "succeeded" not in text
    assert found("activations", "list", "memory") == []
    assert 'Did you mean "memory"' in refused("activations", "list", "memry")


def test_one_is_shown_by_the_first_characters_of_its_id() -> None:
    execution()
    made = ran(asked())
    text = said("activations", "show", first(made))
    assert "is succeeded" in text and "flip" in text
    assert found("activations", "show", str(made.pk).upper())["steps"][-1]["result"] == "ok"


def test_a_pending_one_shows_what_it_lacks() -> None:
    execution()
    assert NO_WORKER in said("activations", "show", first(asked()))


@pytest.mark.parametrize(
    ("said_id", "message"),
    [("1", "Write 4 or more"), ("nonsense", "is no id"), ("abcd", "There is no activation abcd")],
)
def test_an_id_that_is_none_is_refused(said_id: str, message: str) -> None:
    assert message in refused("activations", "show", said_id)


def test_an_id_that_two_begin_with_is_refused() -> None:
    execution()
    for last in "12":
        Activation.objects.create(
            pk=f"abcd0000-0000-0000-0000-00000000000{last}",
            number=int(last),
            **dict(kind="execution", profile=f"x{last}", revision=1),
        )
    assert "More than one" in refused("activations", "cancel", "abcd")


def test_a_pending_one_is_cancelled_by_the_shells_user() -> None:
    execution()
    made = asked()
    assert "is cancelled" in said("activations", "cancel", first(made))
    made.refresh_from_db()
    assert made.error == f"{getpass.getuser()} cancelled it."
    assert "has ended, as cancelled" in refused("activations", "cancel", first(made))


def test_rolling_back_asks_for_what_was_live_then(shelf: Shelf) -> None:
    execution()
    earlier = ran(asked())
    changed(ExecutionProfile.objects.get(), owner="team")
    ran(asked())
    assert live() == ["support@2"]
    assert "of the execution profile support@1." in said("activations", "rollback", first(earlier))
    back: Any = Activation.objects.first()
    assert (ran(back).state, live()) == ("succeeded", ["support@1"])
    assert back.rollback_to == earlier


def test_only_what_succeeded_can_be_rolled_back_to() -> None:
    execution()
    assert "made nothing live" in refused("activations", "rollback", first(asked()))
