"""`manage.py sessions`: list, show, export, delete."""

import json
from pathlib import Path

import pytest

from profiles.models import Session, SessionTurn
from tests.profiles.commands.shell import found, refused, said
from tests.profiles.memory.talk import KEY, asked, kept, pair, session
from tests.profiles.memory.talk import said as answered

pytestmark = pytest.mark.django_db


def test_the_list_says_whose_and_how_much() -> None:
    assert "There is none" in said("sessions", "list")
    kept(*pair(1))
    kept(*pair(1), name="other", key=8)
    printed = said("sessions", "list")
    assert "chat-1" in printed and "other" in printed
    assert [row["session_id"] for row in found("sessions", "list", "--key", "8")] == ["other"]
    assert [row["api_key"] for row in found("sessions", "list", "--name", "chat-1")] == [KEY]


def test_show_prints_what_was_said() -> None:
    call = kept(asked("a [bold] \x1b[31mword"), answered("yes", "c1"), rank=3)
    printed = said("sessions", "show", str(session().pk))
    for word in ("user a [bold] \\x1b[31mword", "assistant yes", "look {}", "restricted", "echo/m"):
        assert word in printed
    assert found("sessions", "show", str(session().pk))["turns"][0]["call_id"] == str(call)


def test_export_prints_or_writes_json_lines(tmp_path: Path) -> None:
    kept(*pair(1))
    kept(*pair(2), rank=3)
    printed = said("sessions", "export", str(session().pk))
    assert [json.loads(line)["label"] for line in printed.splitlines()] == ["public", "restricted"]
    file = tmp_path / "s.jsonl"
    assert said("sessions", "export", str(session().pk), "--out", str(file)) == f"{file}: written\n"
    assert file.read_text() == printed


def test_delete_leaves_nothing() -> None:
    kept(*pair(1))
    assert "is deleted" in said("sessions", "delete", str(session().pk))
    assert not Session.objects.exists() and not SessionTurn.objects.exists()


def test_what_cannot_be_done_is_refused(tmp_path: Path) -> None:
    assert "There is no session 5." in refused("sessions", "show", "5")
    kept(*pair(1))
    there = tmp_path / "no" / "s.jsonl"
    assert "was not written" in refused(
        "sessions", "export", str(session().pk), "--out", str(there)
    )
