"""An upstream that answers each file with what a test wrote for it, and audits in a line."""

import json
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from lakehouse.audit import running, starting
from lakehouse.audit.gathering import Gathered
from lakehouse.audit.models import AuditRun
from lakehouse.audit.source import whole
from tests.upstreams import openai
from tests.upstreams.base import Answer, Asked

Finding = dict[str, Any]


class Reviewer(openai.OpenAIServer):
    """`findings` by path, or a function of the path and the shown text."""

    findings: dict[str, Any] | Callable[[str, str], Any] = {}

    def chat(self, asked: Asked) -> Answer:
        path, shown = shown_of(asked)
        found = self.findings(path, shown) if callable(self.findings) else self.findings.get(path)
        if isinstance(found, Answer):
            return found
        text = found if isinstance(found, str) else json.dumps({"findings": found or []})
        return Answer.of(openai.document(text))

    @property
    def asked_paths(self) -> list[str]:
        return [shown_of(asked)[0] for asked in self.ledger]


def shown_of(asked: Asked) -> tuple[str, str]:
    """The path and all of the text that a request shows."""
    (text,) = [m["content"] for m in asked.json["messages"] if m["role"] == "user"]
    shown = text if isinstance(text, str) else text[0]["text"]
    return shown.split("\n")[0].removeprefix("File: "), shown


def finding(quote: str, start: int, end: int = 0, **more: Any) -> Finding:
    return {
        "start_line": start,
        "end_line": end or start,
        "quote": quote,
        "severity": "high",
        "claim": "It loses data.",
        "suggestion": "Keep it.",
        **more,
    }


def gathered(**texts: str) -> Gathered:
    """Files whose names say their language by an underscore: `a_py`."""
    sources = [whole(name.replace("_", "."), text) for name, text in texts.items()]
    return Gathered("paths", "some files", "abc", sources, [])


def begun(files: Gathered, provider: str = "corp", **asked: Any) -> AuditRun:
    what = starting.Asked(provider, **asked)
    return starting.start(files, what, who="ana", via="command", queue=False)


def audited(files: Gathered, provider: str = "corp", **asked: Any) -> AuditRun:
    ended = running.run(begun(files, provider, **asked).pk)
    assert ended is not None
    return ended


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def committed(folder: Path, **texts: str) -> str:
    """The commit that has these files; its name."""
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    return git(folder, "rev-parse", "HEAD")


def shell(*words: str) -> Any:
    """What the command prints as JSON."""
    out = StringIO()
    call_command("audit", *words, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())
