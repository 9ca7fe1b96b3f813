"""How audits and findings look in answers, and what may be sent."""

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lakehouse.audit.models import AuditRun, Finding
from lakehouse.audit.starting import DEFAULT_LABEL
from profiles import checks
from providers.api.known_fields import KnownFields
from providers.endpoint import LABELS


class UncoveredSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    why = serializers.CharField()


class AuditSerializer(serializers.ModelSerializer[AuditRun]):
    """`files` and what follows are counts. Costs are in US dollars; null: not known."""

    url = serializers.SerializerMethodField()
    files = serializers.IntegerField(source="file_count")
    done = serializers.IntegerField(source="done_count", help_text="Files that are not waiting.")
    findings = serializers.IntegerField(source="claims")
    grounded = serializers.IntegerField()
    judged = serializers.IntegerField(source="marked")
    actionable = serializers.IntegerField()
    tokens = serializers.SerializerMethodField(help_text="Sent, and answered.")
    cost = serializers.SerializerMethodField()
    sensitivity = serializers.CharField(source="label")
    uncovered = UncoveredSerializer(many=True)

    class Meta:
        model = AuditRun
        fields = (
            *("id", "url", "kind", "scope", "revision", "provider", "model", "profile"),
            *("sensitivity", "prompt_revision", "state", "error", "note", "files", "done"),
            *("findings", "grounded", "judged", "actionable", "tokens", "cost", "uncovered"),
            *("requested_by", "requested_via", "requested_at", "started_at", "finished_at"),
        )
        read_only_fields = fields

    def get_url(self, run: AuditRun) -> str:
        return url_of(run)

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_tokens(self, run: AuditRun) -> Any:
        return list(run.tokens)

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_cost(self, run: AuditRun) -> float | None:
        return None if run.cost is None else float(run.cost)


class FindingSerializer(serializers.ModelSerializer[Finding]):
    audit = serializers.UUIDField(source="run_id")
    provider = serializers.CharField(source="run.provider")
    model = serializers.CharField(source="run.model")

    class Meta:
        model = Finding
        fields = (
            *("id", "audit", "provider", "model", "kind", "path", "start", "end", "severity"),
            *("claim", "suggestion", "quote", "excerpt", "grounding", "note", "nearest_line"),
            *("nearest", "claimed_path", "claimed_start", "claimed_end", "times"),
            *("mark", "marked_by", "marked_at"),
        )
        read_only_fields = fields


class NewAuditSerializer(KnownFields):
    other_words: ClassVar[dict[str, str]] = {"label": "sensitivity", "clearance": "sensitivity"}
    diff = serializers.CharField(
        trim_whitespace=False,
        help_text="A unified diff, as git diff prints it. Its hunks are all that is known.",
    )
    name = serializers.CharField(
        required=False, max_length=300, validators=[checks.one_line], default="a diff"
    )
    provider = serializers.CharField(max_length=63, help_text="Only this one is asked.")
    model = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=300,
        default="",
        validators=[checks.one_line],
        help_text="Without it, the profile's, else the provider's default.",
    )
    profile = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=63,
        default="",
        help_text="An execution profile: its parameters and system prompt go with it.",
    )
    sensitivity = serializers.ChoiceField(
        choices=[(label, label) for label in LABELS],
        default=DEFAULT_LABEL,
        help_text="The code's label: refused above the provider's clearance, and yours.",
    )


class MarkSerializer(KnownFields):
    mark = serializers.ChoiceField(
        choices=Finding.Mark.choices, allow_blank=True, help_text="Empty takes it back."
    )


class ReportSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    markdown = serializers.CharField()


class RateSerializer(serializers.Serializer[Any]):
    """A day's audits by one provider and model; rates are of 1, null where there is nothing."""

    day = serializers.DateField()
    provider = serializers.CharField()
    model = serializers.CharField()
    claims = serializers.IntegerField()
    grounded = serializers.IntegerField()
    judged = serializers.IntegerField()
    actionable = serializers.IntegerField()
    grounding_rate = serializers.FloatField(allow_null=True)
    actionable_rate = serializers.FloatField(allow_null=True)


def url_of(run: AuditRun) -> str:
    return reverse("auditrun-detail", args=[run.pk])
