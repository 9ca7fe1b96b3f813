"""The report of an audit in Markdown, from its rows; and its file.

What a model said is shown as plain text: its words cannot become links, images or markup.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from lakehouse.audit.claims import SEVERITIES
from lakehouse.audit.models import AuditFile, AuditRun, Finding
from providers import whole_file

# The last two make links of bare addresses.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~]|:(?=//)|(?<=www)\.)")


def name(run: AuditRun) -> str:
    """Like `corp/2026-01-31-<id>.md`; every part is safe as a file's name."""
    provider = re.sub(r"[^a-z0-9_-]", "-", run.provider)
    return f"{provider}/{run.requested_at:%Y-%m-%d}-{run.pk}.md"


def write(folder: Path, named: str, text: str) -> Path:
    """The file's path; only its owner may look into a new folder. Raises OSError."""
    path = folder / named
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole_file.write(path, text)
    return path


def report(run: AuditRun) -> str:
    return "\n".join(_lines(run)) + "\n"


def rate(part: int, whole: int) -> str:
    """Like "3 of 4 (75 %)"."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "none"


def _lines(run: AuditRun) -> Iterator[str]:
    findings = list(run.findings.gravest_first())
    claims = [each for each in findings if each.kind == Finding.Kind.CLAIM]
    grounded = [each for each in claims if each.grounding == Finding.Grounding.GROUNDED]
    yield f"# Audit of {plain(run.scope)}"
    yield ""
    yield from _summary(run, claims, grounded)
    yield from ("", "## Findings", "")
    if not grounded:
        yield "None that stands on the code."
    for severity in SEVERITIES:
        those = [each for each in grounded if each.severity == severity]
        if those:
            yield f"### {severity.capitalize()} ({len(those)})"
            yield ""
        for finding in those:
            yield from _finding(finding)
    yield from _rejected([each for each in claims if each not in grounded])
    yield from _uncovered(run, [e for e in findings if e.kind == Finding.Kind.NOT_AUDITED])


def _summary(run: AuditRun, claims: list[Finding], grounded: list[Finding]) -> Iterator[str]:
    files = list(run.files.only("state", "line_count", "asks"))
    states = [file.state for file in files]
    sent, got = run.tokens
    cost = run.cost
    done = (
        len(states) - states.count(AuditFile.State.FAILED) - states.count(AuditFile.State.WAITING)
    )
    who = f"{plain(run.requested_by)} ({run.requested_via})"
    model = f"{plain(run.provider)}/{plain(run.model)}"
    yield f"- Audited by {model}, prompt revision {plain(run.prompt_revision)}"
    yield f"- Asked for by {who} at {run.requested_at:%Y-%m-%d %H:%M} UTC"
    yield f"- Sensitivity: {run.label or 'restricted'}"
    if run.revision:
        yield f"- Revision: {plain(run.revision)}"
    yield f"- State: {run.state}{f'. {plain(run.error)}' if run.error else ''}"
    cached = states.count(AuditFile.State.CACHED)
    yield f"- Files: {done} of {len(files)} audited, {cached} of them from an earlier audit"
    yield f"- Findings: {len(claims)}; grounded: {rate(len(grounded), len(claims))}"
    price = "not known" if cost is None else f"{cost:.4f} US dollars"
    asks = sum(file.asks for file in files)
    yield f"- Took {asks} asks, {sent} tokens sent, {got} answered; cost: {price}"
    if run.kind == AuditRun.Kind.DIFF:
        yield "- Grounded against the diff alone: what it does not show is not known here"
    if run.note:
        yield f"- {plain(run.note)}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"#### {plain(finding.place)}"
    yield ""
    yield plain(finding.claim)
    yield ""
    yield from fenced(finding.excerpt or finding.quote)
    yield ""
    if finding.suggestion:
        yield f"Suggestion: {plain(finding.suggestion)}"
        yield ""
    notes = [finding.note] if finding.note else []
    if finding.times > 1:
        notes.append(f"Said {finding.times} times.")
    if finding.mark:
        notes.append(f"{finding.marked_by} marked it {finding.get_mark_display()}.")
    if notes:
        yield f"Note: {plain(' '.join(notes))}"
        yield ""


def _rejected(rejected: list[Finding]) -> Iterator[str]:
    if not rejected:
        return
    yield from ("", f"## Claims that do not stand on the code ({len(rejected)})", "")
    for finding in rejected:
        near = ""
        if finding.nearest:
            near = f" Nearest, at line {finding.nearest_line}: {plain(finding.nearest)}"
        said = f"{finding.get_grounding_display()}: {plain(finding.claim)} {plain(finding.note)}"
        yield f"- {plain(finding.place)}, {said}{near}"


def _uncovered(run: AuditRun, failed: list[Finding]) -> Iterator[str]:
    waiting = run.waiting().values_list("path", flat=True)
    told = [
        *(f"- {plain(each.place)}: not audited, {plain(each.claim)}" for each in failed),
        *(f"- {plain(path)}: not asked about, the audit ended before it" for path in waiting),
        *(f"- {plain(each['path'])}: {plain(each['why'])}" for each in run.uncovered),
    ]
    yield from ("", "## Not covered", "")
    yield from told or ["Nothing was left out."]


def plain(text: str) -> str:
    """One line of text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def fenced(code: str) -> Iterator[str]:
    """A block of code that nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (fence, code.rstrip("\n"), fence)
