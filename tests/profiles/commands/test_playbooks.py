"""`manage.py playbooks`: list, show, make, change, act, delete, export and import."""

import getpass
from pathlib import Path
from typing import Any

import pytest

from profiles.models import Playbook
from tests.profiles.commands.shell import Terminal, found, refused, said
from tests.profiles.making import provider
from tests.profiles.memory.knowing import document, playbook

pytestmark = pytest.mark.django_db


def test_one_is_made_changed_activated_and_deleted() -> None:
    cited = document(source="manual.md")
    words = ("task=Reset a password", "steps=Open it.", "label=public", "documents=manual.md")
    assert "It is a draft until you run:" in said("playbooks", "create", "Reset", *words)
    said("playbooks", "set", "Reset", 'tags=["a", "b"]', "owner=team")
    assert said("playbooks", "activate", "Reset") == 'The playbook "Reset" is active.\n'
    row = Playbook.objects.get()
    assert (row.tags, list(row.documents.all()), row.owner) == (["a", "b"], [cited], "team")
    assert {e.who for e in row.events.all()} == {getpass.getuser()}
    said("playbooks", "delete", str(row.pk)[:8])
    assert not Playbook.objects.exists()


def test_a_list_and_a_page_tell_how_it_stands() -> None:
    playbook("One", helpful=2, harmful=1)
    playbook("Two", state="stale")
    said("playbooks", "retire", "One", "--reason", "wrong")
    assert [one["title"] for one in found("playbooks", "list")] == ["One", "Two"]
    assert [one["title"] for one in found("playbooks", "list", "--stale")] == ["Two"]
    assert "2 of 3 helped" in said("playbooks", "list", "--state", "retired")
    shown = said("playbooks", "show", "One")
    for text in ("is retired: wrong", "active → retired", "How is a customer's password reset?"):
        assert text in shown
    assert found("playbooks", "show", "One")["events"][0]["after"] == "retired"


def test_no_text_steers_the_terminal() -> None:
    playbook("One", steps="a\x1b[2Jb[red]c")
    text = said("playbooks", "show", "One", out=Terminal())
    assert "a\\x1b[2Jb[red]c" in text and "\x1b[2J" not in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "Rest"], 'There is no playbook "Rest". Did you mean "Reset"?'),
        (["activate", "Reset"], '"Reset" is active: it cannot be activated now.'),
        (["set", "Reset", "state=active"], "state: There is no such field."),
        (["set", "Reset", "label=secret"], 'label: There is no "secret"'),
        (["set", "Reset", "documents=x.md"], 'no document with the source or id "x.md"'),
        (["create", "Reset", "task=a", "steps=b"], "There is a playbook of this title"),
        (["create", "New"], "task: This field cannot be blank."),
        (["import", "/none.toml"], "/none.toml"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], message: str) -> None:
    playbook("Reset")
    assert message in refused("playbooks", *words)
    assert Playbook.objects.count() == 1


def test_what_was_exported_is_imported_as_the_same(tmp_path: Path) -> None:
    cited = document(source="manual.md")
    playbook("One", "First\nand second", cited, tags=["a"], owner="team")
    playbook("Two", label="")
    file = tmp_path / "playbooks.toml"
    said("playbooks", "export", "--out", str(file))
    assert said("playbooks", "import", str(file), "--check").count("unchanged") == 2
    Playbook.objects.all().delete()
    assert "Without --check" in refused("playbooks", "import", str(file), "--check")
    said("playbooks", "import", str(file))
    assert said("playbooks", "export") == file.read_text()
    assert set(Playbook.objects.values_list("state", flat=True)) == {"draft"}


def test_a_file_with_a_fault_changes_nothing_and_says_each(tmp_path: Path) -> None:
    file = tmp_path / "playbooks.toml"
    file.write_text(
        '[[playbook]]\ntitle = "A"\ntask = "a"\nsteps = "b"\n\n'
        '[[playbook]]\ntitle = "B"\nlable = "public"\n\n[profile.x]\n'
    )
    told = refused("playbooks", "import", str(file))
    assert ":8: [playbook 2] lable: There is no such field." in told
    assert "[playbook 2] task: This field cannot be blank." in told
    assert "Write [[playbook]] tables here." in told
    assert not Playbook.objects.exists()


def test_vectors_that_lack_are_asked_for(settings: Any) -> None:
    settings.LAKEHOUSE_EMBEDDING = "echo/m@8"
    provider("echo", clearance="public")
    playbook("One")
    playbook("Two", label="internal")
    told = said("playbooks", "embed")
    assert "may see public texts at most" in told
    assert "1 of 2 playbooks are found by meaning." in told
