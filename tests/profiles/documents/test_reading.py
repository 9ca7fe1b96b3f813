"""A document is read whole, and every fault is said with file, line, table and field."""

from pathlib import Path

import pytest

from profiles.documents.entry import DocumentError
from profiles.documents.reading import load, parse


def faults(*paths: Path) -> list[str]:
    """Every fault as it is shown, without the folder. Fails the test when there is none."""
    with pytest.raises(DocumentError) as caught:
        load(list(paths))
    folder = f"{paths[0].parent}/"
    return [str(problem).replace(folder, "") for problem in caught.value.problems]


def written(folder: Path, text: str, name: str = "a.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_each_table_is_an_entry_with_what_it_says() -> None:
    text = "[execution.a]\ntop_k = 3\n[[ladder.b.rungs]]\nprovider = 'echo'\n[memory.c]\n"
    assert [(e.kind, e.name, e.values) for e in parse(text, "a.toml")] == [
        ("execution", "a", {"top_k": 3}),
        ("ladder", "b", {"rungs": [{"provider": "echo"}]}),
        ("memory", "c", {}),
    ]


def test_all_faults_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    one = written(
        tmp_path, "[exection.a]\n\nmemory = 1\n[execution]\nb = 1\n[memory.c]\nname = 'd'"
    )
    two = written(tmp_path, "[memory.x\n", "b.toml")
    assert faults(one, two, tmp_path / "none.toml") == [
        'a.toml:1: Unknown table "exection". Did you mean "execution"?',
        "a.toml:5: [execution.b] Write a table: [execution.b].",
        "a.toml:7: [memory.c] name: The table has the name: [memory.c]. Leave this out.",
        "b.toml:1: This is not TOML: Expected ']' at the end of a table declaration.",
        "none.toml: There is no such file. `profiles export --out` writes one.",
    ]


def test_a_kind_that_is_no_table_is_said(tmp_path: Path) -> None:
    assert faults(written(tmp_path, "memory = 1\n")) == [
        "a.toml:1: memory is a table of tables: write [memory.<name>]."
    ]


def test_a_name_that_two_files_have_is_said_with_both_places(tmp_path: Path) -> None:
    one = written(tmp_path, "[memory.c]\n")
    two = written(tmp_path, "\n[memory.c]\n", "b.toml")
    (fault,) = faults(one, two)
    assert fault == "b.toml:2: [memory.c] It is in a.toml:1 too. Keep one."


def test_a_folder_gives_its_files(tmp_path: Path) -> None:
    written(tmp_path, "[memory.c]\n")
    written(tmp_path, "[memory.b]\n", "b.toml")
    written(tmp_path, "no", "notes.txt")
    assert [entry.name for entry in load([tmp_path])] == ["c", "b"]


def test_an_empty_folder_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert "There is no such file" in faults(tmp_path / "none")[0]
