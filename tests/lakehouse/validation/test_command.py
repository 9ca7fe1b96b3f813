"""`manage.py validate`."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("validate", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def answer(tmp_path: Path) -> str:
    path = tmp_path / "answer.json"
    path.write_text('{"a": 1}')
    return str(path)


def test_what_is_valid_is_said_to_be(answer: str) -> None:
    words = ["--validator", "json", "--validator", '{"max_length": {"words": 5}}']
    assert run(answer, *words) == "It is valid: json, max_length.\n"


def test_what_is_not_is_a_table_and_a_bad_exit(answer: str, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"required": ["b"]}')
    out = io.StringIO()
    with pytest.raises(CommandError, match="not valid: 1 found") as caught:
        call_command("validate", answer, "--schema", str(schema), "--json", stdout=out)
    assert caught.value.returncode == 1
    (error,) = json.loads(out.getvalue())["errors"]
    assert (error["kind"], error["message"]) == ("completeness", '"b" is missing.')


def test_the_validators_are_listed() -> None:
    assert "language_of_refusal" in run("--list")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--validator", "jsn"], 'Did you mean "json"'),
        ([], "Name a --validator or a --schema"),
        (["--schema", "/nowhere.json"], "cannot be read"),
        (["--validator", "{"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said(answer: str, words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(answer, *words)
