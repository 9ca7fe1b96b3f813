"""A retrieval profile as it is stored. Every field but the name has a default."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from profiles import checks
from profiles.base import Profile, invariants
from profiles.kinds import Kind
from profiles.revisions import tracked
from providers.models import Clearance

MOST = 1000
_RERANK = "rerank_top_k is how many of the top_k are kept: it cannot be more than top_k."


@tracked("RetrievalRevision")
class RetrievalProfile(Profile):
    kind = Kind.RETRIEVAL

    top_k = models.PositiveIntegerField(
        default=20, validators=checks.between(1, MOST), help_text="Candidates found at first."
    )
    rerank_top_k = models.PositiveIntegerField(
        default=5,
        validators=checks.between(1, MOST),
        help_text="Passages kept after reranking; at most top_k.",
    )
    score_threshold = models.FloatField(
        default=0.0,
        validators=checks.between(0, 1),
        help_text="Passages below this score after reranking are left out.",
    )
    freshness_cutoff_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=checks.between(1, 36_500),
        help_text="Documents older than so many days are left out. Empty: no cutoff.",
    )
    include_undated = models.BooleanField(
        default=True, help_text="With a cutoff: are documents without a date kept?"
    )
    playbook_boost = models.FloatField(
        default=0.15,
        validators=checks.between(0, 1),
        help_text="Added to passages that a recalled playbook cites; never above the memory "
        "profile's ceiling.",
    )
    sensitivity_gate = models.CharField(
        max_length=12,
        choices=Clearance,
        default=Clearance.INTERNAL,
        help_text="The highest label that may be found. Documents without one count as restricted.",
    )

    class Meta(Profile.Meta):
        constraints = [
            *invariants("retrieval"),
            models.CheckConstraint(
                condition=Q(rerank_top_k__lte=F("top_k")),
                name="retrieval_rerank_top_k_is_at_most_top_k",
                violation_error_message=_RERANK,
            ),
            checks.in_range("top_k", 1, MOST, "retrieval_top_k_is_in_range"),
            checks.in_range("rerank_top_k", 1, MOST, "retrieval_rerank_top_k_is_in_range"),
            checks.in_range("score_threshold", 0, 1, "retrieval_score_threshold_is_in_range"),
            checks.in_range("playbook_boost", 0, 1, "retrieval_playbook_boost_is_in_range"),
            checks.in_range(
                "freshness_cutoff_days", 1, 36_500, "retrieval_freshness_cutoff_is_in_range"
            ),
            models.CheckConstraint(
                condition=Q(sensitivity_gate__in=Clearance.values),
                name="retrieval_sensitivity_gate_is_a_known_label",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        if self.rerank_top_k > self.top_k:
            raise ValidationError({"rerank_top_k": _RERANK})
