"""A provider as JSON: what a person sets, and beside it, read only, how it stands."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from providers import adapters, fields, objections, provenance, secrets
from providers.api.fields import HeadersField, OptionsField, SuggestingChoiceField
from providers.api.known_fields import KnownFields
from providers.models import Clearance, Listing, Provider


class SecretStatusSerializer(serializers.Serializer[secrets.Status]):
    state = serializers.ChoiceField(choices=[state.value for state in secrets.State])
    detail = serializers.CharField(help_text="Where it was found, or what to do. Never a value.")


class ProvenanceSerializer(serializers.Serializer[provenance.Provenance]):
    field = serializers.CharField()
    value = serializers.JSONField(help_text="The value in force.")
    origin = serializers.ChoiceField(choices=[origin.value for origin in provenance.Origin])
    drift = serializers.BooleanField(help_text="Edited here since the file was applied.")
    declared = serializers.JSONField(help_text="Under drift: what the registry file gave.")


class LastCheckSerializer(serializers.ModelSerializer[Listing]):
    models = serializers.SerializerMethodField(help_text="How many models were listed.")

    class Meta:
        model = Listing
        fields = ("checked_at", "error", "fetched_at", "models")
        read_only_fields = fields

    def get_models(self, listing: Listing) -> int:
        return len(listing.models)


class ProviderSerializer(KnownFields, serializers.ModelSerializer[Provider]):
    """What is left out of a POST or PUT starts with the kind's default."""

    other_words = fields.OTHER_WORDS
    moving = ("drift", "provenance", "secret_status", "last_check", "updated")

    kind = SuggestingChoiceField(choices=adapters.choices())
    clearance = SuggestingChoiceField(choices=Clearance.choices, required=False)
    headers = HeadersField(required=False)
    options = OptionsField(required=False)
    provenance = serializers.SerializerMethodField()
    drift = serializers.SerializerMethodField(
        help_text="The fields in which an edit stands against the registry file."
    )
    secret_status = serializers.SerializerMethodField()
    last_check = serializers.SerializerMethodField()

    class Meta:
        model = Provider
        fields = (
            "name",
            *fields.NAMES,
            "source",
            "drift",
            "provenance",
            "secret_status",
            "last_check",
            "created",
            "updated",
        )
        read_only_fields = ("source", "created", "updated")
        extra_kwargs = {"base_url": {"required": False}}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {key: fields.plain(key, value) for key, value in data.items()}
        return super().to_internal_value(data)

    def validate_name(self, name: str) -> str:
        if self.instance is not None and name != self.instance.name:
            raise serializers.ValidationError(
                "A provider keeps its name, since calls use it. Make another and delete this one."
            )
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The whole row as it would be, in the one spelling that is stored."""
        if self.instance is not None and self.partial:
            values = self.instance.values | attrs
        else:
            values = fields.starting(attrs["kind"]) | attrs
        name = values.pop("name", None) or getattr(self.instance, "name", "")
        candidate = Provider(name=name, **values)
        try:
            candidate.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            raise serializers.ValidationError(error.message_dict) from None
        if found := objections.to(candidate):
            raise serializers.ValidationError({field: [text] for field, text in found.items()})
        return {"name": name, **candidate.values}

    def update(self, instance: Provider, validated_data: dict[str, Any]) -> Provider:
        changed = {f: v for f, v in validated_data.items() if getattr(instance, f) != v}
        for field, value in changed.items():
            setattr(instance, field, value)
        instance.save(update_fields=[*changed, "updated"])
        return instance

    @extend_schema_field(ProvenanceSerializer(many=True))
    def get_provenance(self, provider: Provider) -> Any:
        return [ProvenanceSerializer(entry).data for entry in provider.provenance()]

    def get_drift(self, provider: Provider) -> list[str]:
        return [entry.field for entry in provider.drift]

    @extend_schema_field(SecretStatusSerializer)
    def get_secret_status(self, provider: Provider) -> Any:
        return SecretStatusSerializer(secrets.status(provider)).data

    @extend_schema_field(LastCheckSerializer(allow_null=True))
    def get_last_check(self, provider: Provider) -> Any:
        listing = getattr(provider, "listing", None)
        return None if listing is None else LastCheckSerializer(listing).data
