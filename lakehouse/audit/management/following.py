"""An audit in a shell: a bar and a line for each file, and what came of it all."""

from typing import Any

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lakehouse.audit.models import AuditFile, AuditRun, Finding
from lakehouse.audit.reporting import rate
from providers.terminal import console

_COLOURS = {"done": "green", "cached": "cyan", "failed": "red"}


class Following:
    """`with Following(stdout, run) as follow: running.run(run.pk, told=follow.file)`."""

    def __init__(self, stdout: Any, run: AuditRun) -> None:
        screen = console(stdout)
        self._bar = Progress(
            *(TextColumn("Auditing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()),
            console=screen,
            transient=True,
            disable=not screen.is_terminal,
        )
        self._total = run.files.count()
        self._done = self._total - run.waiting().count()
        self._task = self._bar.add_task("", total=self._total, completed=self._done)

    def __enter__(self) -> "Following":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def file(self, file: AuditFile) -> None:
        self._done += 1
        self._bar.update(self._task, completed=self._done)
        count = file.findings.filter(kind=Finding.Kind.CLAIM).count()
        found = f"{count} finding{'' if count == 1 else 's'}"
        if file.state == AuditFile.State.FAILED:
            found = f"not audited: {file.note}"
        elif file.note:
            found += f". {file.note}"
        colour = _COLOURS[file.state]
        self._bar.console.print(
            f"\\[{self._done}/{self._total}] [{colour}]{escape(file.path)}[/]: {escape(found)}",
            soft_wrap=True,
        )


def conclusion(run: AuditRun) -> str:
    """What it found, in one paragraph."""
    row = AuditRun.objects.measured().get(pk=run.pk)
    failed = run.files.filter(state=AuditFile.State.FAILED).count()
    cached = run.files.filter(state=AuditFile.State.CACHED).count()
    sent, got = row.tokens
    cost = "" if row.cost is None else f", {row.cost:.4f} US dollars"
    parts = [
        f"{row.done_count - failed} of {row.file_count} files audited"
        + (f" ({cached} from an earlier audit)" if cached else ""),
        f"{row.claims} finding{'' if row.claims == 1 else 's'}, "
        f"grounded: {rate(row.grounded, row.claims)}",
        f"{sent:,} tokens sent, {got:,} answered{cost}",
    ]
    if row.uncovered:
        parts.append(f"{len(row.uncovered)} notes on what was not covered, in the report")
    return ". ".join(parts) + "."


def plain(run: AuditRun, report: str) -> dict[str, Any]:
    """For machines."""
    fields = (
        *("path", "start", "end", "claimed_path", "claimed_start", "claimed_end", "severity"),
        *("claim", "suggestion", "quote", "kind", "grounding", "note", "nearest_line", "nearest"),
        *("times", "mark"),
    )
    about = (
        *("id", "kind", "scope", "revision", "provider", "model", "profile", "label", "state"),
        *("error", "note", "prompt_revision", "requested_by", "requested_at", "finished_at"),
    )
    files = ("path", "state", "asks", "input_tokens", "output_tokens", "cost", "note")
    return {
        **{name: getattr(run, name) for name in about},
        "report": report,
        "files": list(run.files.values(*files)),
        "findings": list(run.findings.gravest_first().values(*fields)),
        "not_covered": run.uncovered,
    }
