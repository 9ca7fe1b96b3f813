"""Rule files that are good: what they become."""

import os
from pathlib import Path

import pytest

from lakehouse.gateway.rule_fields import FIELDS
from lakehouse.truth.actions import Redact
from lakehouse.truth.loading import MOST_BYTES, load
from lakehouse.truth.problems import RulesError
from tests.lakehouse.truth.ruling import rule, rules, table


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(table('"Always"', name="second"))
    (tmp_path / "a.toml").write_text("# first\n" + table('"Always"', name="first"))
    (tmp_path / "notes.txt").write_text("not rules")
    found = load(tmp_path, FIELDS, "truth").rules
    assert [(r.id, r.file, r.line) for r in found] == [
        ("first", "truth/a.toml", 2),
        ("second", "truth/b.toml", 1),
    ]


def test_an_empty_directory_is_no_rules(tmp_path: Path) -> None:
    assert not load(tmp_path, FIELDS).of("anything")


def test_what_is_no_file_or_endless_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    (tmp_path / "b.toml").mkdir()
    (tmp_path / "c.toml").symlink_to("/dev/zero")
    (tmp_path / "d.toml").write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(RulesError) as caught:
        load(tmp_path, FIELDS, "truth")
    told = [str(problem) for problem in caught.value.problems]
    assert told[0] == "truth/a.toml: It is no file. Take it out of the directory."
    assert len(told) == 4
    assert told[3] == "truth/d.toml: It has more than 2,000,000 bytes. Make two of it."


@pytest.mark.parametrize(
    ("condition", "action", "stage"),
    [
        ('"Always"', '"Pass"', "request"),
        ('{ Always = { stage = "answer" } }', '"Pass"', "answer"),
        ('{ FieldEmpty = { field = "answer.model" } }', '"Pass"', "answer"),
        ('{ FieldEquals = { field = "call.model", other = "answer.model" } }', '"Pass"', "answer"),
        ('"Always"', '{ Redact = { fields = ["answer.choices.*.message"] } }', "answer"),
        ('{ FieldEmpty = { field = "call.profile" } }', '"Pass"', "request"),
    ],
)
def test_a_rule_is_of_the_stage_of_the_fields_it_names(
    condition: str, action: str, stage: str
) -> None:
    assert rule(condition, action).stage == stage


def test_a_call_gets_the_rules_of_its_class_and_of_every_class() -> None:
    made = rules(
        table('"Always"', name="legal", task_class="legal")
        + table('"Always"', name="every")
        + table('"Always"', name="other", task_class="other")
    )
    assert [r.id for r in made.of("legal").request] == ["legal", "every"]
    assert [r.id for r in made.of("").request] == ["every"]
    assert [r.id for r in made.of("unheard-of").request] == ["every"]


def test_redact_takes_what_its_condition_found_unless_it_says_otherwise() -> None:
    condition = '{ FieldContainsAny = { field = "request.user", values = ["x"] } }'
    found = rule(condition, '"Redact"').action
    assert isinstance(found, Redact)
    assert (list(map(str, found.fields)), found.put, found.whole) == (
        ["request.user"],
        "[redacted]",
        False,
    )
    whole = rule(condition, '{ Redact = { whole = true, with = "-" } }').action
    assert isinstance(whole, Redact) and whole.whole and whole.put == "-"
