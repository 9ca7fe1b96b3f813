"""What the page of one audit says: how far it is, what it found, what was not covered."""

import hashlib
from typing import Any

from django.urls import reverse

from lakehouse.audit.claims import SEVERITIES
from lakehouse.audit.models import AuditFile, AuditRun, Finding
from lakehouse.audit.reporting import rate

COLOURS = {
    "pending": "info",
    "running": "info",
    "succeeded": "success",
    "failed": "danger",
    "cancelled": "warning",
}
FILE_COLOURS = {"waiting": "info", "done": "success", "cached": "success", "failed": "danger"}
SEVERITY_COLOURS = {
    "critical": "danger",
    "high": "danger",
    "medium": "warning",
    "low": "info",
    "info": "info",
}
MOST_FILES, MOST_FINDINGS, MOST_UNCOVERED = 200, 50, 100


def page_of(run: AuditRun, may_change: bool) -> dict[str, Any]:
    """For `audit/admin/run_part.html`. `digest` differs whenever the page would."""
    row = AuditRun.objects.measured().get(pk=run.pk)
    sent, got = row.tokens
    cost = row.cost
    unfinished = row.files.exclude(state__in=(AuditFile.State.DONE, AuditFile.State.CACHED))
    told = repr((row.state, row.done_count, row.claims, row.marked, row.error, row.note))
    address = {
        name: reverse(f"admin:audit_auditrun_{name}", args=[run.pk])
        for name in ("progress", "report", "cancel", "resume")
    }
    return {
        "audit": row,
        "colour": COLOURS[row.state],
        "open": not row.ended,
        "percent": 100 * row.done_count // row.file_count if row.file_count else 0,
        "waits": row.state == AuditRun.State.PENDING,
        "grounded": rate(row.grounded, row.claims),
        "actionable": rate(row.actionable, row.marked),
        "tokens": f"{sent:,} sent, {got:,} answered",
        "cost": "not known" if cost is None else f"{cost:.4f} US dollars",
        "files": [
            (file, FILE_COLOURS[file.state])
            for file in row.files.defer("source", "claims")[:MOST_FILES]
        ],
        "findings": [
            (finding, SEVERITY_COLOURS[finding.severity])
            for finding in row.findings.gravest_first()[:MOST_FINDINGS]
        ],
        "findings_url": f"{reverse('admin:audit_finding_changelist')}?run__id__exact={run.pk}",
        "uncovered": row.uncovered[:MOST_UNCOVERED],
        "uncovered_more": max(0, len(row.uncovered) - MOST_UNCOVERED),
        "severities": _by_severity(row),
        "may_cancel": may_change and not row.ended,
        "may_resume": may_change and row.ended and unfinished.exists(),
        "digest": hashlib.sha256(told.encode()).hexdigest()[:16],
        "address": address,
    }


def _by_severity(run: AuditRun) -> list[tuple[str, int, str]]:
    found = list(
        run.findings.filter(grounding=Finding.Grounding.GROUNDED).values_list("severity", flat=True)
    )
    return [
        (name, count, SEVERITY_COLOURS[name]) for name in SEVERITIES if (count := found.count(name))
    ]
