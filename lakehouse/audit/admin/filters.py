"""The questions that people ask of lists of audits and findings."""

from typing import Any

from django.http import HttpRequest

from lakehouse.audit import seeing
from lakehouse.audit.models import AuditRun, Finding
from profiles.admin.filters import Question


class EndedFilter(Question):
    title = "how did it end?"
    parameter_name = "end"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "it has not: pending or running"),
            (AuditRun.State.SUCCEEDED, "well"),
            (AuditRun.State.FAILED, "it failed"),
            (AuditRun.State.CANCELLED, "somebody cancelled it"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "open":
            return queryset.open()
        return queryset.filter(state=self.value()) if self.value() else queryset


class GroundingFilter(Question):
    title = "does it stand on the code?"
    parameter_name = "grounding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        words = {word.value: word.label for word in Finding.Grounding}
        words[Finding.Grounding.GROUNDED] = "yes: grounded"
        no = [(value, f"no: {label}") for value, label in words.items() if value != "grounded"]
        return [("grounded", words["grounded"]), *no, ("not_audited", "a file was not audited")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "not_audited":
            return queryset.filter(kind=Finding.Kind.NOT_AUDITED)
        return queryset.filter(grounding=self.value()) if self.value() else queryset


class SeverityFilter(Question):
    title = "how grave is it?"
    parameter_name = "severity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word.value, str(word.label)) for word in Finding.Severity]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(severity=self.value()) if self.value() else queryset


class MarkFilter(Question):
    title = "is it worth acting on?"
    parameter_name = "mark"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("actionable", "yes: actionable"),
            ("not_actionable", "no: not actionable"),
            ("-", "nobody said"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if chosen is None:
            return queryset
        return queryset.claims().filter(mark="" if chosen == "-" else chosen)


class _RunFilter(Question):
    """One choice for each value of a column of the audits that they may see."""

    column: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = AuditRun.objects.up_to(seeing.limit_of(request.user)).order_by(self.column)
        return [(value, value) for value in rows.values_list(self.column, flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        prefix = "" if queryset.model is AuditRun else "run__"
        return queryset.filter(**{f"{prefix}{self.column}": self.value()})


class ProviderFilter(_RunFilter):
    title = "who audited it?"
    parameter_name = "provider"
    column = "provider"


class ModelFilter(_RunFilter):
    title = "which model?"
    parameter_name = "model"
    column = "model"
