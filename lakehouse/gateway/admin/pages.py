"""Pages of the list of calls, which is too long to count."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

MOST = 2000


class NewestPages(Paginator):  # type: ignore[type-arg]  # not generic when it runs
    """Counts and leads through the newest MOST calls; older ones are found by narrowing."""

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


class NewestList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Without a count of all calls beside that of those found, which may be cut short."""
        super().get_results(request)
        self.full_result_count = self.result_count
