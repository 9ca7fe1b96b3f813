"""Documents are applied whole or not at all, and a second time changes nothing."""

from typing import Any

import pytest

from profiles import revisions
from profiles.documents.applying import Action, Outcome, apply, differs
from profiles.documents.entry import DocumentError
from profiles.documents.reading import parse
from profiles.editing import InUse
from profiles.ladder.model import not_unattended
from profiles.models import ExecutionProfile, Ladder, MemoryProfile, RetrievalProfile
from tests.profiles.making import activated, changed, execution, ladder, profile, provider

pytestmark = pytest.mark.django_db

TEXT = """
[execution.support]
provider = "echo"
ladder = "fast"
retrieval = "docs"
temperature = 0.2

[retrieval.docs]
top_k = 30

[[ladder.fast.rungs]]
provider = "echo"
"""


@pytest.fixture
def echo(db: None) -> None:
    provider("echo")


def applied(text: str, **how: Any) -> list[Outcome]:
    return apply(parse(text, "a.toml"), **how)


def actions(text: str, **how: Any) -> dict[str, str]:
    return {one.name: str(one.action) for one in applied(text, **how)}


def faults(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        applied(text)
    return [str(problem) for problem in caught.value.problems]


def test_rows_are_made_with_what_they_name(echo: None) -> None:
    assert actions(TEXT) == {"support": "created", "docs": "created", "fast": "created"}
    made = ExecutionProfile.objects.get()
    assert (made.provider_id, made.retrieval_id, made.ladder_id) == ("echo", "docs", "fast")
    assert [rung.provider_id for rung in Ladder.objects.get().rungs.all()] == ["echo"]


def test_a_second_time_changes_nothing_and_makes_no_revision(echo: None) -> None:
    applied(TEXT)
    before = list(ExecutionProfile.objects.values()) + list(Ladder.objects.values())
    assert not differs(applied(TEXT))
    assert list(ExecutionProfile.objects.values()) + list(Ladder.objects.values()) == before


def test_what_the_file_leaves_out_goes_to_its_default() -> None:
    execution(temperature=0.2, owner="team", top_k=3)
    (one,) = applied("[execution.support]\ntop_k = 4\n")
    assert [(c.field, c.before, c.after) for c in one.changes] == [
        ("owner", "team", ""),
        ("temperature", 0.2, None),
        ("top_k", 3, 4),
    ]
    assert (one.action, one.revision) == (Action.CHANGED, 2)


def test_a_ladder_loses_the_rungs_that_the_file_leaves_out(echo: None) -> None:
    row = ladder("fast", "echo", "echo")
    assert actions("[[ladder.fast.rungs]]\nprovider = 'echo'\n") == {"fast": "changed"}
    assert row.rungs.count() == 1


def test_an_import_makes_drafts_only() -> None:
    row = activated(execution(temperature=0.2))
    applied("[execution.support]\ntemperature = 0.4\n")
    row.refresh_from_db()
    assert row.standing == "live at revision 1, 1 change not live"


def test_revisions_are_by_whoever_imports() -> None:
    with revisions.acting("ada", "command"):
        applied("[memory.m]\n")
    assert MemoryProfile.objects.get().at(1).who == "ada"


def test_a_difference_can_be_looked_at(echo: None) -> None:
    profile("retrieval", "docs", top_k=10)
    found = actions(TEXT, keep=False)
    assert found == {"support": "created", "docs": "changed", "fast": "created"}
    assert RetrievalProfile.objects.get().revision == 1
    assert not ExecutionProfile.objects.exists()


# --- faults -----------------------------------------------------------------


def test_one_fault_and_nothing_is_written(echo: None) -> None:
    text = TEXT.replace("temperature = 0.2", "temperature = 3")
    assert faults(text) == [
        "a.toml:6: [execution.support] temperature: Write a number from 0 to 2."
    ]
    assert not (Ladder.objects.exists() or RetrievalProfile.objects.exists())


def test_every_fault_has_its_line_and_a_suggestion() -> None:
    provider("echo")
    text = "[execution.a]\ntemprature = 1\nprovider = 'ecko'\n[memory.b]\nhistory_turns = '!'\n"
    assert faults(text) == [
        'a.toml:2: [execution.a] temprature: There is no such field. Did you mean "temperature"?',
        'a.toml:3: [execution.a] provider: There is no provider "ecko". Did you mean "echo"?',
        "a.toml:5: [memory.b] history_turns: Write a whole number.",
    ]


def test_a_reference_to_an_entry_with_a_fault_is_no_second_one() -> None:
    text = "[execution.a]\nretrieval = 'docs'\n[retrieval.docs]\ntop_k = 0\nrerank_top_k = 1\n"
    assert all(":4: [retrieval.docs]" in fault or ":5:" in fault for fault in faults(text))


def test_a_gated_provider_is_refused_in_the_usual_words() -> None:
    provider("echo"), provider("gated", unattended=False)
    text = "[[ladder.a.rungs]]\nprovider = 'echo'\n[[ladder.a.rungs]]\nprovider = 'gated'\n"
    (fault,) = faults(text)
    assert fault == f"a.toml:4: [ladder.a] rungs[1].provider: {not_unattended('gated')}"


def test_a_name_that_calls_could_not_use_is_said_with_its_table() -> None:
    (fault,) = faults("[memory.live]\n")
    assert fault.startswith("a.toml:1: [memory.live] name:")


def test_an_odd_value_is_a_fault_and_no_exception() -> None:
    text = (
        f"[execution.a]\ntemperature = 1{'0' * 400}\nseed = inf\nmodel = 2024-01-01\nstop = [1]\n"
    )
    assert [fault.split()[2] for fault in faults(text)] == [
        "temperature:",
        "seed:",
        "model:",
        "stop:",
    ]


# --- pruning ----------------------------------------------------------------


def test_only_with_prune_what_the_file_leaves_out_is_deleted() -> None:
    profile("memory", "m"), profile("memory", "gone"), profile("observer", "o")
    assert actions("[memory.m]\n") == {"m": "unchanged"}
    assert actions("[memory.m]\n", prune=True) == {"m": "unchanged", "gone": "deleted"}
    assert MemoryProfile.objects.count() == 1


def test_pruning_stops_at_what_is_live() -> None:
    activated(profile("memory", "kept"))
    with pytest.raises(InUse, match="kept is the live memory profile"):
        applied("[memory.m]\n", prune=True)
    assert [row.name for row in MemoryProfile.objects.all()] == ["kept"]


def test_pruning_takes_away_users_before_what_they_use() -> None:
    profile("retrieval", "docs")
    execution("old", retrieval="docs")
    text = "[execution.a]\n[retrieval.b]\n"
    assert actions(text, prune=True)["docs"] == "deleted"


def test_a_file_can_take_a_reference_away_and_prune_its_row() -> None:
    profile("memory", "old")
    changed(execution(memory="old"), owner="team")
    assert actions("[execution.support]\n[memory.new]\n", prune=True)["old"] == "deleted"
