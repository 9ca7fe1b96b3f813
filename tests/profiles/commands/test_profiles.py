"""`manage.py profiles`: list, show, create, set, delete and diff."""

import getpass
from pathlib import Path

import pytest

from profiles.ladder.model import not_unattended
from profiles.models import ExecutionProfile, Ladder, MemoryProfile, RetrievalProfile
from tests.profiles.commands.shell import Terminal, found, refused, said
from tests.profiles.making import activated, changed, execution, ladder, profile, provider

pytestmark = pytest.mark.django_db


def stored() -> ExecutionProfile:
    return ExecutionProfile.objects.get()


# --- create and set ---------------------------------------------------------


def test_a_profile_is_made_from_words() -> None:
    provider("echo")
    text = said(
        *("profiles", "create", "execution", "support", "provider=echo", "model=echo"),
        *("temperature=0.2", "system_prompt=Be brief.", "seed=7"),
    )
    assert stored().values.items() >= {"provider": "echo", "temperature": 0.2, "seed": 7}.items()
    assert "at revision 1, a draft. No call gets it until you run:" in text
    assert "manage.py activate_profile execution support" in text


def test_a_revision_is_by_the_shells_user() -> None:
    said("profiles", "create", "memory", "m")
    revision = MemoryProfile.objects.get().at(1)
    assert (revision.who, revision.via) == (getpass.getuser(), "command")


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("temperature=0", "temperature", 0.0),
        ("top_k=3", "top_k", 3),
        ('stop=["END", "a=b"]', "stop", ["END", "a=b"]),
        ("stop=END", "stop", ["END"]),
        ("stop=", "stop", []),
        ("owner=", "owner", ""),
        ("seed=", "seed", None),
        ("output_floor=", "output_floor", 0),
        ("description=@@team = ours", "description", "@team = ours"),
        ("provider=", "provider", None),
    ],
)
def test_a_word_is_read_by_its_field(word: str, field: str, value: object) -> None:
    execution(stop=["X"], owner="team", seed=3, output_floor=9)
    said("profiles", "set", "execution", "support", word)
    assert stored().values[field] == value


@pytest.mark.parametrize("word", ["langfuse=true", "langfuse=True"])
def test_a_switch_is_true_or_false(word: str) -> None:
    said("profiles", "create", "observer", "o", word)
    (one,) = found("profiles", "list", "observer")
    assert found("profiles", "show", "observer", one["name"])["values"]["langfuse"] is True


def test_a_long_text_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_text("Be brief.\nAnd kind.\n")
    said("profiles", "create", "execution", "a", f"system_prompt=@{tmp_path / 'prompt.txt'}")
    assert stored().system_prompt == "Be brief.\nAnd kind.\n"


def test_a_change_is_shown_and_what_calls_still_get() -> None:
    activated(execution(temperature=0.2))
    text = said("profiles", "set", "execution", "support", "temperature=0.4")
    assert "│ temperature │ 0.2    │ 0.4   │" in text
    assert "at revision 2, a draft. Calls get revision 1 until you run:" in text


def test_what_is_said_already_is_no_revision() -> None:
    execution(temperature=0.2)
    text = said("profiles", "set", "execution", "support", "temperature=0.2")
    assert "Nothing to change" in text
    assert stored().revision == 1


def test_a_change_against_an_older_revision_is_refused() -> None:
    changed(execution(), owner="team")
    words = ("profiles", "set", "execution", "support", "owner=us", "--if-revision")
    assert "at revision 2 by now, not at 1" in refused(*words, "1")
    said(*words, "2")
    assert stored().owner == "us"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["set", "execution", "support", "temprature=1"], 'Did you mean "temperature"?'),
        (["set", "execution", "support", "temperature=9"], "temperature: Write a number from 0"),
        (["set", "execution", "support", "temperature=hot"], "temperature: Write a number."),
        (["set", "execution", "support", "provider=x"], 'provider: There is no provider "x"'),
        (["set", "execution", "support", "stop=[1"], "stop: This is not a JSON list"),
        (["set", "execution", "support", "owner"], '"owner" is no change. Write field=value'),
        (["set", "execution", "support", "owner=a", "owner=b"], "owner is there twice"),
        (["set", "execution", "support", "owner=@/none"], "owner: /none cannot be read: No such"),
        (["set", "execution", "support", "name=b"], "The name stands before the fields"),
        (["set", "execution", "suport", "owner=a"], 'Did you mean "support"?'),
        (["set", "exection", "support", "owner=a"], 'Did you mean "execution"?'),
        (["create", "execution", "support"], "is there already. Change it: manage.py profiles set"),
        (["create", "execution", "Bad Name"], "name: A name is 1 to 63 lower-case letters"),
        (["create", "exection", "x"], 'There is no kind "exection"'),
        (["show", "execution", "x\udcff"], 'There is no execution profile "x"'),
        (["show", "ladder", "fast\udcff"], 'There is no ladder "fast"'),
        (["delete", "memory", "x"], 'There is no memory profile "x"'),
        (["list", "ladders"], 'There is no kind "ladders". Did you mean "ladder"?'),
    ],
)
def test_bad_words_are_refused_and_nothing_is_changed(words: list[str], message: str) -> None:
    execution()
    assert message in refused("profiles", *words)
    assert stored().revision == 1


def test_all_faults_are_said_each_on_its_line() -> None:
    text = refused("profiles", "create", "retrieval", "r", "top_k=3", "score_threshold=2")
    assert [line.partition(":")[0] for line in text.splitlines()] == [
        "score_threshold",
        "rerank_top_k is how many of the top_k are kept",
        "Nothing was changed.",
    ]
    assert not RetrievalProfile.objects.exists()


# --- ladders ----------------------------------------------------------------


def test_a_ladder_is_made_from_words_and_in_force_at_once() -> None:
    provider("echo"), provider("corp")
    text = said("profiles", "create", "ladder", "fast", "rungs=echo, corp/vendor/big", "owner=us")
    assert "in force at once" in text
    assert [(rung.provider_id, rung.model) for rung in Ladder.objects.get().rungs.all()] == [
        ("echo", ""),
        ("corp", "vendor/big"),
    ]


def test_rungs_can_be_json_with_every_setting() -> None:
    provider("echo")
    ladder("fast", "echo", "echo")
    rung = '[{"provider": "echo", "parameters": {"temperature": 0}, "on_answers": ["empty"]}]'
    said("profiles", "set", "ladder", "fast", f"rungs={rung}")
    (stored_rung,) = Ladder.objects.get().rungs.all()
    assert (stored_rung.parameters, stored_rung.on_answers) == ({"temperature": 0}, ["empty"])


def test_a_ladders_other_fields_change_without_its_rungs() -> None:
    provider("echo")
    row = ladder("fast", "echo")
    assert "600" in said("profiles", "set", "ladder", "fast", "deadline_secs=30")
    assert row.rungs.count() == 1


def test_a_gated_provider_is_refused_in_the_usual_words() -> None:
    provider("gated", unattended=False)
    text = refused("profiles", "create", "ladder", "fast", "rungs=gated/m")
    assert text == f"rungs[0].provider: {not_unattended('gated')}\nNothing was changed."
    assert not Ladder.objects.exists()


def test_a_ladder_has_no_revisions() -> None:
    ladder("fast")
    assert "no revisions" in refused("profiles", "diff", "ladder", "fast")
    words = ("profiles", "set", "ladder", "fast", "owner=a", "--if-revision", "1")
    assert "no revisions" in refused(*words)


# --- list and show ----------------------------------------------------------


def test_a_list_has_each_with_what_traffic_gets_of_it() -> None:
    provider("echo")
    ladder("fast", "echo")
    changed(activated(execution(owner="team")), temperature=0.2)
    profile("memory", "m")
    assert [(one["name"], one["standing"]) for one in found("profiles", "list")] == [
        ("support", "live at revision 1, 1 change not live"),
        ("m", "draft, never activated"),
        ("fast", "in force, 1 rung"),
    ]
    assert "live at revision 1, 1 change not live" in said("profiles", "list")


def test_a_list_can_be_of_one_kind() -> None:
    execution()
    profile("memory", "m")
    assert [one["name"] for one in found("profiles", "list", "memory")] == ["m"]


def test_an_empty_list_says_how_to_begin() -> None:
    assert "manage.py profiles create KIND NAME" in said("profiles", "list")


def test_a_profile_is_shown_with_values_changes_and_revisions() -> None:
    changed(activated(execution(temperature=0.2, stop=["END"])), temperature=0.4)
    text = said("profiles", "show", "execution", "support")
    for part in ('["END"]', "Not live yet:", "Revision 1", "Revisions:", "created", "live"):
        assert part in text
    one = found("profiles", "show", "execution", "support")
    assert one["changes_not_live"] == [{"field": "temperature", "before": 0.2, "after": 0.4}]
    assert [revision["number"] for revision in one["revisions"]] == [2, 1]


def test_a_ladder_is_shown_with_its_rungs() -> None:
    provider("echo")
    ladder("fast", "echo")
    assert '{"provider": "echo"}' in said("profiles", "show", "ladder", "fast")
    assert found("profiles", "show", "ladder", "fast")["values"]["rungs"][0]["provider"] == "echo"


def test_no_value_steers_the_terminal() -> None:
    execution(description="a\x1b[2Jb[red]c")
    text = said("profiles", "show", "execution", "support", out=Terminal())
    assert "a\\x1b[2Jb[red]c" in text
    assert "\x1b[2J" not in text


def test_many_revisions_are_cut() -> None:
    row = execution()
    for number in range(22):
        type(row).objects.update(owner=str(number))
    assert "… and 3 older ones" in said("profiles", "show", "execution", "support")


# --- delete and diff --------------------------------------------------------


def test_a_draft_is_deleted_and_a_ladder_too() -> None:
    execution()
    ladder("fast")
    assert "is deleted. Its revisions are kept." in said(
        "profiles", "delete", "execution", "support"
    )
    assert said("profiles", "delete", "ladder", "fast") == "The ladder fast is deleted.\n"
    assert not (ExecutionProfile.objects.exists() or Ladder.objects.exists())


def test_what_is_live_or_named_by_others_is_not_deleted() -> None:
    ladder("fast")
    activated(execution(ladder="fast"))
    assert "Activate another first" in refused("profiles", "delete", "execution", "support")
    assert "execution profile support" in refused("profiles", "delete", "ladder", "fast")


def test_a_difference_is_between_live_and_draft_unless_told() -> None:
    row = changed(execution(temperature=0.1), temperature=0.2)
    changed(activated(row), temperature=0.3)
    words = ("profiles", "diff", "execution", "support")
    assert [(c["before"], c["after"]) for c in found(*words)] == [(0.2, 0.3)]
    assert [(c["before"], c["after"]) for c in found(*words, "1")] == [(0.1, 0.3)]
    assert [(c["before"], c["after"]) for c in found(*words, "1", "2")] == [(0.1, 0.2)]
    assert "Live (2)" in said(*words) and "Draft (3)" in said(*words)


def test_equal_states_are_said_to_be() -> None:
    activated(execution())
    assert "say the same" in said("profiles", "diff", "execution", "support")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("live", "never activated"),
        ("9", "no revision 9. Its revisions: 1"),
        ("old", '"old" is no state of a profile'),
        ("9" * 30, "is no state"),
    ],
)
def test_a_state_that_is_not_there_is_said(state: str, message: str) -> None:
    execution()
    assert message in refused("profiles", "diff", "execution", "support", state)
