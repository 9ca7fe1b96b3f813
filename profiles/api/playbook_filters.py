"""What lists of playbooks can be narrowed to."""

from typing import Any

import django_filters

from profiles.memory import staleness
from profiles.memory.playbook import Playbook


class PlaybookFilters(django_filters.FilterSet):  # type: ignore[misc]  # a package without types
    tag = django_filters.CharFilter(method="tagged", label="One of its tags, as it is written.")
    stale = django_filters.BooleanFilter(
        method="flagged", label="Its documents changed, or nobody reviewed it for long."
    )

    class Meta:
        model = Playbook
        fields = ("state", "label", "owner", "from_call")

    def tagged(self, rows: Any, _name: str, tag: str) -> Any:
        return rows.filter(tags__contains=[tag])

    def flagged(self, rows: Any, _name: str, wanted: bool) -> Any:
        those = staleness.stale(staleness.oldest_fresh())
        return rows.filter(those) if wanted else rows.exclude(those)
