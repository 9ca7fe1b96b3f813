"""What traffic gets of a kind at this moment, as the flip and its checks look at it."""

from typing import Any

from django.db.models import F

from profiles.kinds import Kind, model_of


def activated(kind: Kind, *fields: str) -> list[tuple[Any, ...]]:
    """Name, whether live, and these fields of every activated revision."""
    revisions = model_of(kind).revisions.rel.related_model._default_manager  # type: ignore[attr-defined]
    rows = revisions.filter(pgh_obj__activated_revision=F("revision")).exclude(pgh_label="deleted")
    return list(rows.values_list("name", "pgh_obj__live", *fields))
