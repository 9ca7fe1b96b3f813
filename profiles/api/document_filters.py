"""What the list of documents can be narrowed to."""

from typing import Any

import django_filters

from profiles.api.document_shapes import A_DATE
from profiles.library import staleness
from profiles.retrieval.document import Document


def _day(lookup: str, label: str) -> Any:
    return django_filters.DateFilter(
        "dated",
        lookup,
        label=label,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": A_DATE},
    )


class DocumentFilters(django_filters.FilterSet):  # type: ignore[misc]  # a package without types
    dated__gte = _day("gte", "Dated on this day or later.")
    dated__lt = _day("lt", "Dated before this day.")
    undated = django_filters.BooleanFilter("dated", "isnull", label="Without a date of its own.")
    unlabelled = django_filters.BooleanFilter(
        method="without_label", label="Without a label: counts as restricted."
    )
    stale = django_filters.BooleanFilter(
        method="is_stale", label="Older than the live memory profile's doc_staleness_days."
    )

    class Meta:
        model = Document
        fields = ("state", "label", "owner", "source", "media_type")

    def without_label(self, rows: Any, _name: str, wanted: bool) -> Any:
        return rows.filter(label="") if wanted else rows.exclude(label="")

    def is_stale(self, rows: Any, _name: str, wanted: bool) -> Any:
        oldest = staleness.oldest_fresh()
        found = rows.filter(dated__lt=oldest)
        return found if wanted else rows.exclude(dated__lt=oldest)
