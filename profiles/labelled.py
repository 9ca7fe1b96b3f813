"""What carries a sensitivity label, and how far a person or a key may look."""

from typing import Any, Self, cast

from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When

from providers.endpoint import LABELS, Clearance, rank
from providers.models import Clearance as Labels

# Held by people; a key's clearance is its own.
SEES = {
    "see_internal": "internal",
    "see_confidential": "confidential",
    "see_restricted": "restricted",
}
SEE_PERMISSIONS: list[tuple[str, Any]] = [
    (codename, f"Can see {label} content") for codename, label in SEES.items()
]


def label_field() -> "models.CharField[str, str]":
    return models.CharField(
        max_length=12,
        choices=Labels,
        blank=True,
        default="",
        db_index=True,
        help_text="Who and whose provider may see it. Empty counts as restricted.",
    )


def known_label(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(label__in=["", *LABELS]), name=f"{table}_label_is_a_known_one"
    )


class LabelledQuerySet(models.QuerySet[Any]):
    """For models with a `label`."""

    def up_to(self, limit: int) -> Self:
        """Those whose label's rank is at most this; without a label only at the highest."""
        seen = [label for label in LABELS if rank(label) <= limit]
        return self.filter(label__in=[*seen, ""] if limit >= rank("") else seen)


def clearance_of(user: Any) -> Clearance:
    """How far whoever asks may look: a key by its clearance, a person by permissions."""
    if (own := getattr(user, "clearance", None)) is not None:
        return cast(Clearance, own)
    held = [label for name, label in SEES.items() if user.has_perm(f"profiles.{name}")]
    return cast(Clearance, max(held, key=rank, default="public"))


def label_rank(field: str = "label") -> Case:
    """The label's rank, in a query."""
    whens = [When(**{field: label}, then=Value(rank(label))) for label in LABELS]
    return Case(*whens, default=Value(rank("")), output_field=IntegerField())
