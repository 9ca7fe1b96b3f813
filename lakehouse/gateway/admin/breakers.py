"""Breakers as an operator sees them: whom the ladders skip now, since when, and until when."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from lakehouse.gateway.models import Breaker
from providers.admin.read_only import ReadOnlyAdmin


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    """Those that are not listed are closed."""

    list_display = (
        *("provider", "shown_state", "shown_countdown", "failures", "reason"),
        *("shown_process", "changed_at"),
    )
    list_display_links = None
    list_filter = ("provider",)
    list_before_template = "gateway/admin/breakers.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Breaker]:
        return Breaker.objects.current()

    @display(description="state", label={"open": "danger", "half open": "warning"})
    def shown_state(self, breaker: Breaker) -> str:
        return breaker.state.replace("_", " ")

    @display(description="lets a call try", ordering="until")
    def shown_countdown(self, breaker: Breaker) -> str:
        return f"in {breaker.secs:.0f} s" if breaker.secs else "now: the next call tries"

    @display(description="process")
    def shown_process(self, breaker: Breaker) -> str:
        return str(breaker.instance)
