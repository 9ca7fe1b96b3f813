"""Pages of the list of calls, which is too long to count."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST = 2000


class NewestPages(Paginator):  # type: ignore[type-arg]  # not generic when it runs
    """Counts and leads through the newest MOST calls; older ones are found by narrowing the list."""

    template_name = "gateway/admin/pages.html"

    @cached_property
    def found(self) -> int:
        """At most one more than MOST, newest first as the list: most indexes alone can tell."""
        calls: Any = self.object_list
        newest = calls.order_by("-started_at").values("started_at")
        return int(newest[: MOST + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST)

    @property
    def more(self) -> bool:
        return self.found > MOST
