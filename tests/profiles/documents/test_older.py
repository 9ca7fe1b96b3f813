"""Documents of the older system are read in every shape they had, and nothing is lost silently."""

import json
from pathlib import Path
from typing import Any

import pytest

from profiles.documents import older
from profiles.documents.older import Older


def read(folder: Path, content: Any, name: str = "old.json", **providers: str) -> Older:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return older.load([path], providers, ["echo", "corp"])


def values(found: Older) -> dict[str, dict[str, Any]]:
    assert found.problems == []
    return {entry.name: entry.values for entry in found.entries}


def faults(found: Older) -> list[str]:
    return [f"{problem.line or '-'}: {problem.message}" for problem in found.problems]


# --- shapes -----------------------------------------------------------------

ONE = {"name": "Support", "top_p": 0.5}


@pytest.mark.parametrize(
    "content",
    [
        ONE,
        [ONE],
        {"support": {"top_p": 0.5}},
        {"profiles": [ONE]},
        {"profiles": {"support": {"top_p": 0.5}}, "version": 1},
        {"id": "support", "parameters": {"top_p": 0.5}},
        [{"model": "app.modelprofile", "pk": 3, "fields": {"name": "x", "top_p": 0.5}}],
    ],
)
def test_a_file_is_one_document_or_a_list_or_a_table_of_them(tmp_path: Path, content: Any) -> None:
    ((name, found),) = values(read(tmp_path, content)).items()
    assert found == {"top_p": 0.5}
    assert name in ("support", "x")


@pytest.mark.parametrize(
    "text",
    ["name = 'support'\ntop_p = 0.5\n", "[support]\ntop_p = 0.5\n", "[[profiles]]\ntop_p = 0.5\n"],
)
def test_toml_is_read_too(tmp_path: Path, text: str) -> None:
    assert list(values(read(tmp_path, text, "support.toml")).values()) == [{"top_p": 0.5}]


@pytest.mark.parametrize("content", ['{"top_p": 0.5}', "top_p = 0.5\n"])
def test_without_a_known_ending_the_text_tells(tmp_path: Path, content: str) -> None:
    assert values(read(tmp_path, content, "support")) == {"support": {"top_p": 0.5}}


def test_an_empty_document_is_a_profile_of_defaults(tmp_path: Path) -> None:
    assert values(read(tmp_path, {}, "plain.json")) == {"plain": {}}


# --- names ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("GPT Support!", "gpt-support"),
        ("Über_uns", "uber_uns"),
        ("4o mini", "profile-4o-mini"),
        (17, "profile-17"),
        ("a" * 80, "a" * 63),
        ("…", "old"),
    ],
)
def test_a_name_becomes_one_that_calls_can_use(tmp_path: Path, said: Any, name: str) -> None:
    found = read(tmp_path, {"name": said, "top_p": 0.5})
    assert list(values(found)) == [name]
    assert found.named == {str(said)[:60]: name}


def test_two_documents_of_one_name_are_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(read(tmp_path, [{"name": "a"}, {"name": "A"}]))
    assert "[execution.a] It is in" in fault


# --- fields -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ({"max_tokens": 5}, "max_output_tokens", 5),
        ({"maxTokens": 5}, "max_output_tokens", 5),
        ({"system": "Hi"}, "system_prompt", "Hi"),
        ({"System-Prompt": "Hi"}, "system_prompt", "Hi"),
        ({"backend": "echo"}, "provider", "echo"),
        ({"model_id": "m"}, "model", "m"),
        ({"stop_sequences": ["a"]}, "stop", ["a"]),
        ({"stop": "a"}, "stop", ["a"]),
        ({"reasoning": "low"}, "reasoning_effort", "low"),
        ({"reasoning": {"effort": "low"}}, "reasoning_effort", "low"),
        ({"settings": {"temperature": 0}}, "temperature", 0),
        ({"fallback": "fast"}, "ladder", "fast"),
    ],
)
def test_the_older_words_are_known(tmp_path: Path, said: Any, field: str, value: Any) -> None:
    assert values(read(tmp_path, said)) == {"old": {field: value}}


def test_what_is_empty_is_left_to_its_default(tmp_path: Path) -> None:
    assert values(read(tmp_path, {"temperature": None, "seed": None})) == {"old": {}}


def test_a_field_that_profiles_do_not_have_is_told_and_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, {"top_p": 1, "cost": {"in": 3}, "api_key": "sk-canary-123456"})
    assert values(found) == {"old": {"top_p": 1}}
    assert found.left_out == {"old": ["cost", "api_key"]}


def test_one_field_under_two_words_is_a_fault_unless_they_agree(tmp_path: Path) -> None:
    assert values(read(tmp_path, {"max_tokens": 5, "max_output_tokens": 5}))
    (fault,) = faults(read(tmp_path, {"max_tokens": 5, "max_output_tokens": 6}))
    assert "max_output_tokens: It is there twice, and differs" in fault


def test_a_document_of_which_nothing_is_known_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(read(tmp_path, {"colour": "red", "fast": {"top_p": 1}}))
    assert "None of its fields is known" in fault


# --- providers --------------------------------------------------------------


def test_a_provider_that_is_not_here_is_a_fault_that_says_what_to_do(tmp_path: Path) -> None:
    (fault,) = faults(read(tmp_path, "[a]\nprovider = 'crp'\n", "old.toml"))
    assert fault == (
        '2: [execution.a] provider: There is no provider "crp". Did you mean "corp"? --provider '
        "crp=NAME takes another in its place, --provider crp= leaves it open."
    )


def test_another_provider_can_stand_in_or_none(tmp_path: Path) -> None:
    assert values(read(tmp_path, {"provider": "crp"}, crp="corp")) == {"old": {"provider": "corp"}}
    assert values(read(tmp_path, {"provider": "crp"}, crp="")) == {"old": {"provider": ""}}


# --- files ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ('{\n "a": }', "old.json", "2: This is not JSON:"),
        ("a = \n", "old.toml", "1: This is not TOML:"),
        ("[" * 100_000, "old.json", "-: It is nested too deeply."),
        ("3", "old.json", "-: A document is an object of fields."),
        ('["a"]', "old.json", "-: A document is an object of fields."),
    ],
)
def test_a_file_that_holds_no_documents_is_a_fault(
    tmp_path: Path, text: str, name: str, said: str
) -> None:
    (fault,) = faults(read(tmp_path, text, name))
    assert fault.startswith(said)


def test_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    found = older.load([tmp_path / "bad.json", tmp_path / "none.json"], {}, [])
    assert [problem.message.split(".")[0] for problem in found.problems] == [
        "This is not JSON: Input data was truncated",
        "There is no such file",
    ]
