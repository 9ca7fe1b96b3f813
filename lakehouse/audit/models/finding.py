"""One claim of the auditor with its verdict, or a file that could not be audited."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from lakehouse.audit.claims import SEVERITIES
from lakehouse.audit.grounding import Grounding as Verdict
from lakehouse.audit.models.file import AuditFile
from lakehouse.audit.models.run import AuditRun
from providers.endpoint import LABELS, rank


class Severity(models.TextChoices):
    CRITICAL = "critical", "critical"
    HIGH = "high", "high"
    MEDIUM = "medium", "medium"
    LOW = "low", "low"
    INFO = "info", "info"


class Grounding(models.TextChoices):
    GROUNDED = Verdict.GROUNDED.value, "grounded"
    FILE = Verdict.FILE.value, "file not found"
    LINE = Verdict.LINE.value, "line past the end"
    QUOTE = Verdict.QUOTE.value, "quote not found"


class Mark(models.TextChoices):
    NONE = "", "not judged"
    ACTIONABLE = "actionable", "actionable"
    NOT_ACTIONABLE = "not_actionable", "not actionable"


class FindingQuerySet(models.QuerySet["Finding"]):
    def up_to(self, limit: int) -> "FindingQuerySet":
        """Those of audits whose label's rank is at most this."""
        seen = [label for label in LABELS if rank(label) <= limit]
        return self.filter(run__label__in=[*seen, ""] if limit >= rank("") else seen)

    def claims(self) -> "FindingQuerySet":
        return self.filter(kind=Finding.Kind.CLAIM)

    def gravest_first(self) -> "FindingQuerySet":
        whens = [models.When(severity=name, then=place) for place, name in enumerate(SEVERITIES)]
        place = models.Case(*whens, default=len(SEVERITIES), output_field=models.IntegerField())
        grounded = models.Case(models.When(grounding="grounded", then=0), default=1)
        return self.annotate(
            gravity=place, doubt=models.ExpressionWrapper(grounded, models.IntegerField())
        ).order_by("doubt", "gravity", "path", "start", "id")


class Finding(models.Model):
    """Lines count from 1, both ends included. `grounding` is "" for a file not audited.

    `start`, `end` and `path` are as grounding corrected them, `claimed_*` as the model said.
    `excerpt` is what the file says at those lines. `times` counts what was merged into it.
    """

    Severity, Grounding, Mark = Severity, Grounding, Mark

    class Kind(models.TextChoices):
        CLAIM = "claim", "claim"
        NOT_AUDITED = "not_audited", "not audited"

    run = models.ForeignKey(AuditRun, on_delete=models.CASCADE, related_name="findings")
    file = models.ForeignKey(AuditFile, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.CLAIM)
    path = models.CharField(max_length=1000)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    claimed_path = models.CharField(max_length=1000, default="")
    claimed_start = models.PositiveIntegerField(default=0)
    claimed_end = models.PositiveIntegerField(default=0)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.INFO)
    claim = models.TextField()
    suggestion = models.TextField(default="")
    quote = models.TextField(default="")
    grounding = models.CharField(max_length=18, choices=Grounding, default="", blank=True)
    note = models.TextField(default="", help_text="Why the verdict is what it is.")
    nearest_line = models.PositiveIntegerField(default=0)
    nearest = models.TextField(default="")
    excerpt = models.TextField(default="")
    times = models.PositiveIntegerField(default=1)
    mark = models.CharField(max_length=14, choices=Mark, default=Mark.NONE, blank=True)
    marked_by = models.CharField(max_length=150, default="")
    marked_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("run", "path", "start", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="not_audited", grounding="")
                | Q(kind="claim", grounding__in=[word.value for word in Verdict]),
                name="every_claim_has_a_verdict",
            ),
            models.CheckConstraint(
                condition=Q(mark="", marked_at__isnull=True)
                | (~Q(mark="") & Q(marked_at__isnull=False) & ~Q(marked_by="")),
                name="a_mark_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.claim[:80]}"

    @property
    def place(self) -> str:
        """Like `a/b.py:3-7`."""
        if not self.start:
            return self.path
        return f"{self.path}:{self.start}" + (f"-{self.end}" if self.end > self.start else "")

    # What `merging` compares.

    @property
    def text(self) -> str:
        return self.claim

    @property
    def verdict(self) -> str:
        return str(self.grounding)

    @property
    def marked(self) -> bool:
        return bool(self.mark)


def values_of(grounded: Any) -> dict[str, Any]:
    """A `grounding.Grounded` as columns."""
    claim = grounded.claim
    return {
        "path": grounded.path,
        "start": grounded.start,
        "end": grounded.end,
        "claimed_path": claim.path,
        "claimed_start": claim.start,
        "claimed_end": claim.end,
        "severity": claim.severity,
        "claim": claim.claim,
        "suggestion": claim.suggestion,
        "quote": claim.quote,
        "grounding": grounded.verdict.value,
        "note": grounded.note,
        "nearest_line": grounded.nearest_line,
        "nearest": grounded.nearest,
    }
