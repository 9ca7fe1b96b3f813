"""`profiles export`, `profiles import` and `import_profiles`, as a shell runs them."""

import json
from pathlib import Path
from typing import Any

import pytest

from profiles.models import ExecutionProfile, Ladder, MemoryProfile
from tests.profiles.commands.shell import refused, said
from tests.profiles.making import activated, execution, ladder, profile, provider

pytestmark = pytest.mark.django_db


def written(folder: Path, content: Any, name: str = "a.toml") -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


# --- export -----------------------------------------------------------------


def test_an_export_is_printed_whole_or_by_kind_or_by_name() -> None:
    execution("a"), execution("b"), profile("memory", "m")
    assert said("profiles", "export") == "[execution.a]\n\n[execution.b]\n\n[memory.m]\n"
    assert said("profiles", "export", "memory") == "[memory.m]\n"
    assert said("profiles", "export", "execution", "b", "b") == "[execution.b]\n"


def test_an_export_to_a_file_is_written_once(tmp_path: Path) -> None:
    execution("a")
    path = tmp_path / "all.toml"
    assert said("profiles", "export", "--out", str(path)) == f"{path}: written\n"
    assert path.read_text() == "[execution.a]\n"
    assert said("profiles", "export", "--out", str(path)) == f"{path}: unchanged\n"


def test_an_export_to_a_folder_is_a_file_a_kind(tmp_path: Path) -> None:
    row = execution("a")
    ladder("fast")
    folder = tmp_path / "new"
    said("profiles", "export", "--out", f"{folder}/")
    assert sorted(path.name for path in folder.iterdir()) == ["execution.toml", "ladder.toml"]
    row.delete()
    said("profiles", "export", "--out", str(folder))
    assert (folder / "execution.toml").read_text() == ""


def test_an_export_that_cannot_be_done_is_refused(tmp_path: Path) -> None:
    assert "Known are" in refused("profiles", "export", "all")
    assert "There is no memory profile" in refused("profiles", "export", "memory", "m")
    (tmp_path / "file").touch()
    out = str(tmp_path / "file" / "x.toml")
    assert "was not written" in refused("profiles", "export", "--out", out)


# --- import -----------------------------------------------------------------


def test_an_import_shows_the_difference_and_what_to_run_next(tmp_path: Path) -> None:
    execution("a", temperature=0.2)
    text = "[execution.a]\nsystem_prompt = 'Two\\nlines'\n[memory.m]\n[ladder.fast]\n"
    out = said("profiles", "import", written(tmp_path, text.replace("'", '"')))
    for part in ("changed", "temperature", "0.2", "Two↵lines", "created"):
        assert part in out
    assert "2 created, 1 changed, 0 unchanged, 0 deleted." in out
    assert out.endswith(
        "manage.py activate_profile execution a\nmanage.py activate_profile memory m\n"
    )


def test_a_second_import_says_that_nothing_differs(tmp_path: Path) -> None:
    path = written(tmp_path, "[execution.a]\ntemperature = 1\n")
    said("profiles", "import", path)
    assert "The database says what the files say." in said("profiles", "import", path)
    assert "says what" in said("profiles", "import", "--check", path)
    assert ExecutionProfile.objects.get().revision == 1


def test_a_check_fails_on_a_difference_and_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "[execution.a]\n")
    assert "differs from the files" in refused("profiles", "import", path, "--check")
    assert not ExecutionProfile.objects.exists()


def test_an_import_of_ladders_alone_asks_for_no_activation(tmp_path: Path) -> None:
    out = said("profiles", "import", written(tmp_path, "[ladder.fast]\n"))
    assert out.endswith("1 created, 0 changed, 0 unchanged, 0 deleted.\n")
    assert Ladder.objects.get().name == "fast"


def test_what_the_files_leave_out_goes_with_prune(tmp_path: Path) -> None:
    profile("memory", "old")
    assert "1 deleted" in said("profiles", "import", written(tmp_path, "[memory.m]\n"), "--prune")
    activated(MemoryProfile.objects.get())
    path = written(tmp_path, "[memory.b]\n")
    assert "m is the live memory profile" in refused("profiles", "import", path, "--prune")


def test_faults_are_a_refusal_with_their_places(tmp_path: Path) -> None:
    path = written(tmp_path, "[execution.a]\ntemprature = 1\n")
    assert refused("profiles", "import", path) == (
        f"{path}:2: [execution.a] temprature: There is no such field. Did you mean "
        '"temperature"?\nNothing was changed.'
    )


def test_what_is_exported_to_a_folder_is_imported_from_it(tmp_path: Path) -> None:
    provider("echo")
    row = execution("a", temperature=0.3, ladder=ladder("fast", "echo").name)
    said("profiles", "export", "--out", str(tmp_path))
    row.delete()
    Ladder.objects.all().delete()
    said("profiles", "import", str(tmp_path))
    assert ExecutionProfile.objects.get().ladder_id == "fast"


# --- the older system's -----------------------------------------------------

OLD = {"name": "Support Bot", "backend": "echo", "max_tokens": 500, "cost": 3}


def test_older_documents_become_drafts_and_what_they_lose_is_shown(tmp_path: Path) -> None:
    provider("echo")
    out = said("import_profiles", written(tmp_path, OLD, "old.json"))
    made = ExecutionProfile.objects.get()
    assert (made.name, made.provider_id, made.max_output_tokens) == ("support-bot", "echo", 500)
    assert '"Support Bot" is imported as support-bot' in out
    assert "│ support-bot │ cost " in out
    assert out.endswith("manage.py activate_profile execution support-bot\n")


def test_older_documents_can_be_checked_and_come_once(tmp_path: Path) -> None:
    provider("echo")
    path = written(tmp_path, OLD, "old.json")
    assert "differs" in refused("import_profiles", path, "--check")
    said("import_profiles", path)
    assert "says what" in said("import_profiles", path, "--check")
    assert ExecutionProfile.objects.get().revision == 1


def test_one_fault_and_no_older_document_is_imported(tmp_path: Path) -> None:
    provider("echo")
    path = written(tmp_path, [OLD, {"name": "b", "temperature": 9, "backend": "none"}], "old.json")
    text = refused("import_profiles", path)
    assert f"{path}: [execution.b] temperature: Write a number from 0 to 2." in text
    assert 'There is no provider "none"' in text
    assert not ExecutionProfile.objects.exists()


def test_a_missing_provider_alone_stops_the_import(tmp_path: Path) -> None:
    path = written(tmp_path, OLD, "old.json")
    assert "--provider echo=NAME" in refused("import_profiles", path)
    said("import_profiles", path, "--provider", "echo=")
    assert ExecutionProfile.objects.get().provider_id is None


def test_a_stand_in_is_a_pair(tmp_path: Path) -> None:
    path = written(tmp_path, OLD, "old.json")
    assert "OLD=NEW, not echo" in refused("import_profiles", path, "--provider", "echo")


@pytest.mark.parametrize("words", [("profiles", "import"), ("import_profiles",)])
def test_a_number_without_end_is_said(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"[execution.a]\nseed = {'9' * 5000}\n")
    assert "a.toml:2: A number has more than 4300 digits." in refused(*words, str(path))
