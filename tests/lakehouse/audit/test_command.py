"""`manage.py audit`: ranges, paths and diffs, and what it refuses to read or send."""

import os
from pathlib import Path

import pytest
from django.conf import settings as house

from lakehouse.audit.gathering import MOST_BYTES
from lakehouse.audit.models import AuditRun
from providers.models import Provider
from tests.lakehouse.audit.scripted import Reviewer, committed, finding, git, shell, shown_of
from tests.profiles.commands.shell import refused, said
from tests.upstreams import openai
from tests.upstreams.base import Answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "code"
    root.mkdir()
    committed(root, a_py="def f(x):\n    return x\n", b_py="unchanged = True\n")
    committed(root, a_py="def f(x):\n    return x + 1\n\n\nlast = f(1)\n")
    return root


def test_a_range_is_the_files_it_changed_as_its_end_has_them(
    reviewer: Reviewer, repository: Path
) -> None:
    reviewer.findings = {"a.py": [finding("return x + 1", 2)]}
    (repository / "a.py").write_text("edited since\n")
    told = shell("--range", "HEAD~1..HEAD", "--provider", "corp", "--root", str(repository))
    assert told["revision"] == git(repository, "rev-parse", "HEAD")
    assert [(f["path"], f["grounding"]) for f in told["findings"]] == [("a.py", "grounded")]
    (asked,) = reviewer.ledger
    assert "Changed lines, which matter most: 2-5" in shown_of(asked)[1]
    assert "edited" not in shown_of(asked)[1]


def test_paths_are_the_working_tree_without_what_is_ignored(
    reviewer: Reviewer, repository: Path
) -> None:
    (repository / ".gitignore").write_text("*.log\n")
    for name, text in {"new.py": "x = 1", "noise.log": "x", ".env": "KEY=1", "e.py": ""}.items():
        (repository / name).write_text(text)
    (repository / "p.png").write_bytes(b"\x89PNG\0\xff")
    (repository / "huge.py").write_text("#" * (MOST_BYTES + 1))
    (repository / "out.py").symlink_to("/etc/hostname")
    told = shell("--paths", str(repository), "--provider", "corp", "--root", str(repository))
    assert reviewer.asked_paths == [".gitignore", "a.py", "b.py", "new.py"]
    assert {each["path"]: each["why"] for each in told["not_covered"]} == {
        ".env": "It is a file of secrets, which do not leave.",
        "e.py": "It is empty.",
        "huge.py": f"It has {MOST_BYTES + 1:,} bytes; {MOST_BYTES:,} are the most.",
        "out.py": "It is a link.",
        "p.png": "It is binary, or not UTF-8.",
    }


def test_a_diff_is_grounded_against_what_it_shows(
    reviewer: Reviewer, repository: Path, tmp_path: Path
) -> None:
    diff = tmp_path / "change.diff"
    diff.write_text(git(repository, "diff", "HEAD~1", "HEAD") + "\n")
    reviewer.findings = {"a.py": [finding("+    return x + 1", 2), finding("last = f(1)", 5)]}
    told = shell("--diff", str(diff), "--provider", "corp")
    assert (told["kind"], told["scope"]) == ("diff", "change.diff")
    assert [each["start"] for each in told["findings"]] == [2, 5]


def test_secrets_in_code_are_not_sent_and_that_is_said(
    reviewer: Reviewer, repository: Path
) -> None:
    (repository / "a.py").write_text('KEY = "sk-canary0123456789"\n')
    where = ("--paths", str(repository / "a.py"), "--root", str(repository))
    told = shell(*where, "--provider", "corp")
    assert b"canary" not in reviewer.last.body
    assert told["not_covered"] == [
        {"path": "a.py", "why": "1 line looks like a secret: that part was not sent."}
    ]


def test_each_file_is_told_as_it_is_done_and_a_cached_one_as_such(
    reviewer: Reviewer, repository: Path
) -> None:
    words = ("audit", "--paths", str(repository / "a.py"), "--root", str(repository))
    first = said(*words, "--provider", "corp")
    assert "[1/1] a.py: 0 findings" in first
    second = said(*words, "--provider", "corp")
    assert "0 findings. Asked before, with this content: not asked again." in second
    assert "1 of 1 files audited (1 from an earlier audit). 0 findings" in second


def test_the_report_is_where_it_is_asked_for(
    reviewer: Reviewer, repository: Path, tmp_path: Path
) -> None:
    reviewer.findings = {"a.py": [finding("return x + 1", 2, claim="Off by one <b> [x](http://e)")]}
    where = ("--range", "HEAD~1..HEAD", "--root", str(repository))
    told = shell(*where, "--provider", "corp", "--out", str(tmp_path / "out"))
    path = Path(told["report"])
    assert path.parent == tmp_path / "out" / "corp"
    text = path.read_text()
    assert "Findings: 1; grounded: 1 of 1 (100 %)" in text
    assert (
        "#### a.py:2\n\nOff by one \\<b\\> \\[x\\](http\\://e)\n\n```\n    return x + 1\n```"
        in text
    )
    assert [p.name for p in (Path(house.REPORTS_DIR) / "corp").iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--range", "nonsense"), '"nonsense" is no range. Write A..B, like HEAD~3..HEAD.'),
        (("--range", "gone..HEAD"), 'There is no commit "gone"'),
        (("--range", "--output=x..HEAD"), 'There is no commit "--output=x"'),
        (("--range", "HEAD..HEAD"), "There is nothing to audit."),
        (("--paths", "/etc/hostname"), "/etc/hostname is outside of the repository"),
        (("--diff", "absent.diff"), "absent.diff cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_read_is_refused(
    reviewer: Reviewer, repository: Path, words: tuple[str, str], why: str
) -> None:
    what, value = words
    text = refused("audit", f"{what}={value}", "--provider", "corp", "--root", str(repository))
    assert text.startswith(why)
    assert text.endswith("Nothing was asked.")


def test_a_folder_outside_of_any_repository_is_refused(reviewer: Reviewer, tmp_path: Path) -> None:
    text = refused("audit", "--range", "A..B", "--provider", "corp", "--root", str(tmp_path))
    assert text.startswith("This folder is in no git repository.")


def test_what_a_repository_configures_is_not_run(reviewer: Reviewer, repository: Path) -> None:
    trap, mark = repository / "trap", repository.parent / "ran"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "diff.external", "diff.t.textconv", "core.pager"):
        git(repository, "config", name, str(trap))
    (repository / ".gitattributes").write_text("*.py diff=t\n")
    shell("--range", "HEAD~1..HEAD", "--provider", "corp", "--root", str(repository))
    shell("--paths", str(repository), "--provider", "corp", "--root", str(repository))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--provider", "cort"), 'No provider is named "cort". Did you mean "corp"?'),
        (("--provider", "corp", "--sensitivity", "restricted"), "corp may receive internal"),
        (("--provider", "corp", "--profile", "x"), 'No activated execution profile is named "x".'),
        ((), "Say whom to ask"),
    ],
)
def test_whom_it_may_not_ask_it_does_not(
    reviewer: Reviewer, repository: Path, words: tuple[str, ...], why: str
) -> None:
    where = ("--paths", str(repository), "--root", str(repository))
    assert why in refused("audit", *where, *words)
    assert (reviewer.ledger, AuditRun.objects.count()) == ([], 0)


def test_a_disabled_provider_is_refused(reviewer: Reviewer, repository: Path) -> None:
    Provider.objects.update(enabled=False)
    where = ("--paths", str(repository), "--root", str(repository))
    assert "corp is switched off" in refused("audit", *where, "--provider", "corp")


def test_a_failed_audit_goes_on_by_its_id(reviewer: Reviewer, repository: Path) -> None:
    refusal = Answer.of(openai.error("maybe later"), status=400)
    reviewer.next(refusal)
    where = ("--paths", str(repository), "--root", str(repository))
    first = shell(*where, "--provider", "corp")
    assert [file["state"] for file in first["files"]] == ["failed", "done"]
    again = shell("--resume", first["id"])
    assert [file["state"] for file in again["files"]] == ["done", "done"]
    assert reviewer.asked_paths == ["a.py", "b.py", "a.py"]
    assert "There is no audit" in refused("audit", "--resume", "nonsense")


def test_the_environment_cannot_point_git_elsewhere(
    reviewer: Reviewer, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "GIT_DIR", "/nonexistent")
    shell("--range", "HEAD~1..HEAD", "--provider", "corp", "--root", str(repository))
    assert reviewer.asked_paths == ["a.py"]
