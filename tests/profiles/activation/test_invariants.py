"""What must hold before a revision goes live; each failure leaves what was live, and says why."""

from typing import Any

import pytest
from django.db import connection

from profiles.activation.model import Activation
from profiles.ladder.model import not_unattended
from profiles.models import ExecutionProfile, Ladder, MemoryProfile, Rung
from providers.models import Provider
from tests.profiles.activation.acting import activated, asked, detail, live, made, ran

pytestmark = pytest.mark.django_db


def echo(name: str = "echo", **more: Any) -> Provider:
    provider: Provider = Provider.objects.create(
        name=name, kind="echo", base_url="http://localhost", default_model="echo", **more
    )
    return provider


def refused(ended: Activation) -> str:
    """Why it failed; nothing is live."""
    assert (ended.state, live(ended.kind)) == ("failed", [])
    return ended.error


def test_a_profile_of_a_provider_in_this_process_goes_live() -> None:
    echo()
    ended = activated(provider="echo")
    assert (ended.state, detail(ended, "invariants")) == ("succeeded", "All hold.")


def test_a_provider_that_is_switched_off_is_refused() -> None:
    echo(enabled=False)
    assert "The provider echo is switched off. Switch it on" in refused(activated(provider="echo"))


def test_a_revision_is_weighed_and_not_the_draft() -> None:
    echo(enabled=False)
    made(provider="echo")
    made(provider=None)
    assert "switched off" in refused(ran(asked(revision=1)))
    assert ran(asked()).state == "succeeded"


def test_a_revision_whose_provider_was_deleted_is_refused() -> None:
    provider = echo()
    made(provider="echo")
    made(provider=None)
    provider.delete()
    assert "There is no provider echo any more." in refused(ran(asked(revision=1)))


def test_a_ladder_that_cannot_be_read_is_refused() -> None:
    echo()
    ladder = Ladder.objects.create(name="up")
    Rung.objects.create(
        ladder=ladder, position=1, provider_id="echo", parameters={"temperature": "hot"}
    )
    assert "The ladder up cannot be read" in refused(activated(ladder="up"))


def test_a_revision_whose_ladder_was_deleted_is_refused() -> None:
    ladder = Ladder.objects.create(name="up")
    made(ladder="up")
    made(ladder=None)
    ladder.delete()
    assert "There is no ladder up any more." in refused(ran(asked(revision=1)))


def test_a_ladder_with_a_provider_that_may_not_be_called_unattended_is_refused() -> None:
    echo(unattended=False)
    with connection.cursor() as cursor:  # as if it had come there past every other door
        cursor.execute("ALTER TABLE profiles_rung DISABLE TRIGGER rung_must_be_unattended")
    Rung.objects.create(ladder=Ladder.objects.create(name="up"), position=1, provider_id="echo")
    assert not_unattended("echo") in refused(activated(ladder="up"))


def test_a_provider_that_may_not_be_called_unattended_is_noted_and_no_fault() -> None:
    echo(unattended=False)
    ended = activated(provider="echo")
    assert ended.state == "succeeded"
    assert "only calls that ask for this profile or for the provider" in detail(ended, "invariants")


@pytest.mark.parametrize("kind", ["retrieval", "memory", "observer"])
def test_a_companion_that_was_never_activated_is_refused(kind: str) -> None:
    made(kind, "with")
    error = refused(activated(**{kind: "with"}))
    assert error == (
        f"The {kind} profile with, which goes with it, was never activated. Activate that first."
    )
    activated(kind, "with")
    assert ran(asked()).state == "succeeded"


def test_a_companion_that_was_deleted_since_the_revision_is_refused() -> None:
    made("memory", "with")
    made(memory="with")
    made(memory=None)
    MemoryProfile.objects.all().delete()
    assert "There is no memory profile with any more." in refused(ran(asked(revision=1)))


def test_a_boost_above_the_live_ceiling_is_refused() -> None:
    activated("memory", "m", playbook_boost_ceiling=0.2)
    assert refused(activated("retrieval", "r", playbook_boost=0.3)) == (
        "The playbook boost 0.3 of the retrieval profile r is above the ceiling 0.2 of the memory "
        "profile m, and the two run together as live ones. Lower the boost or raise the ceiling, "
        "and activate that first."
    )
    assert activated("retrieval", "r", playbook_boost=0.2).state == "succeeded"


def test_a_ceiling_below_the_live_boost_is_refused() -> None:
    activated("retrieval", "r", playbook_boost=0.3)
    assert "boost 0.3" in refused(activated("memory", "m", playbook_boost_ceiling=0.2))


def test_the_draft_of_a_live_companion_does_not_count() -> None:
    activated("memory", "m", playbook_boost_ceiling=0.2)
    made("memory", "m", playbook_boost_ceiling=0.9)
    assert "ceiling 0.2" in refused(activated("retrieval", "r", playbook_boost=0.3))


def test_companions_that_do_not_go_together_are_refused() -> None:
    activated("retrieval", "r", playbook_boost=0.3)
    activated("memory", "wide", playbook_boost_ceiling=0.5)
    MemoryProfile.objects.filter(name="low").delete()
    low = made("memory", "low", playbook_boost_ceiling=0.1)
    MemoryProfile.objects.filter(pk=low.pk).update(activated_revision=1)
    assert "run together for the execution profile a" in refused(activated(memory="low"))
    assert activated(retrieval="r", memory="wide").state == "succeeded"


def test_a_ceiling_below_the_boost_of_an_execution_profile_that_names_it_is_refused() -> None:
    activated("memory", "m", playbook_boost_ceiling=0.3)
    activated("retrieval", "r", playbook_boost=0.3)
    activated(retrieval="r", memory="m")
    activated("retrieval", "calm", playbook_boost=0.1)
    made("memory", "m", playbook_boost_ceiling=0.2)
    ended = ran(asked("memory", "m"))
    assert (ended.state, live("memory")) == ("failed", ["m@1"])
    assert "run together for the execution profile a" in ended.error


def test_a_pair_that_does_not_fit_holds_up_no_activation_of_others() -> None:
    activated("memory", "m", playbook_boost_ceiling=0.2)
    odd = made("retrieval", "odd", playbook_boost=0.9)
    type(odd).objects.filter(pk=odd.pk).update(live=True, activated_revision=1)
    assert activated(memory="m").state == "failed"
    assert activated(memory=None).state == "succeeded"
    assert ExecutionProfile.objects.live().get().activated_revision == 2
