"""This repository's own history, audited by an upstream whose findings mix true, misplaced and
invented ones: each is classified rightly."""

import subprocess
from pathlib import Path

import pytest

from lakehouse.audit.withholding import without_secrets
from tests.lakehouse.audit.scripted import Reviewer, finding, shell

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
INVENTED = "except BaseException: retry_forever(socket.connect_all(hosts))"


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


@pytest.fixture(scope="module")
def change() -> tuple[str, str]:
    """The newest commit that changed a module of some length, and that module."""
    if not (ROOT / ".git").exists():
        pytest.skip("there is no .git here: this is no clone")
    told = git("log", "--no-merges", "--diff-filter=M", "--name-only", "--format=:%H", "-n", "50")
    commit = ""
    for line in told.splitlines():
        if line.startswith(":"):
            commit = line[1:]
        elif line.endswith(".py") and len(git("show", f"{commit}:{line}").split("\n")) > 60:
            return commit, line
    pytest.skip("the clone is shallow: it has no commit that changes a file")


def test_its_own_history_is_audited_and_every_finding_classified(
    reviewer: Reviewer, change: tuple[str, str]
) -> None:
    commit, path = change
    text, _ = without_secrets(path, git("show", f"{commit}:{path}"))
    lines, whole = text.split("\n"), "".join(text.split())
    bare = ["".join(line.split()) for line in lines]
    unique = [n for n, line in enumerate(bare, 1) if len(line) > 20 and whole.count(line) == 1]
    true, moved, other = unique[0], unique[5], unique[9]
    claims = {
        "true": finding(lines[true - 1], true),
        "true over lines": finding("\n".join(lines[other - 1 : other + 2]), other, other + 2),
        "misplaced": finding(lines[moved - 1].strip(), max(1, moved - 4)),
        "misplaced past the end": finding(lines[moved - 1], len(lines) + 900),
        "invented quote": finding(INVENTED, true),
        "invented line": finding(INVENTED, len(lines) + 50),
        "invented file": finding(
            lines[true - 1], true, file="providers/no_such_module_anywhere.py"
        ),
    }
    for name, claim in claims.items():
        claim["claim"] = f"{name}: {name[::-1]}"
    reviewer.findings = lambda shown, _: list(claims.values()) if shown == path else []
    told = shell("--range", f"{commit}^..{commit}", "--provider", "corp", "--root", str(ROOT))
    found = {each["claim"].partition(":")[0]: each for each in told["findings"]}
    assert {name: each["grounding"] for name, each in found.items()} == {
        "true": "grounded",
        "true over lines": "grounded",
        "misplaced": "grounded",
        "misplaced past the end": "line_past_the_end",
        "invented quote": "quote_not_found",
        "invented line": "line_past_the_end",
        "invented file": "file_not_found",
    }
    assert found["misplaced"]["start"] == moved
    assert found["misplaced"]["note"].endswith(f"the quoted text is at line {moved}.")
    assert found["misplaced past the end"]["nearest_line"] == moved
    report = Path(told["report"]).read_text()
    assert "Findings: 7; grounded: 3 of 7 (43 %)" in report
