"""The shapes of what a check and a list of models answer."""

from typing import Any

from rest_framework import serializers

from providers.check_result import Result, StepName
from providers.models import Listing


class CheckStepSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text=", ".join(StepName))
    result = serializers.ChoiceField(choices=[result.value for result in Result])
    detail = serializers.CharField()
    milliseconds = serializers.IntegerField()


class ProviderCheckSerializer(serializers.Serializer[Any]):
    """`ok` is true when no step failed."""

    provider = serializers.CharField()
    ok = serializers.BooleanField()
    error = serializers.CharField(help_text="The first failed step's detail, or empty.")
    steps = CheckStepSerializer(many=True)


class ListedModelSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    context_length = serializers.IntegerField(allow_null=True, help_text="Tokens.")
    max_output = serializers.IntegerField(allow_null=True, help_text="Tokens.")
    capabilities = serializers.ListField(child=serializers.CharField())


class ProviderModelsSerializer(serializers.ModelSerializer[Listing]):
    """The list last read. `error` says why the last look failed, if it did."""

    models = ListedModelSerializer(many=True)

    class Meta:
        model = Listing
        fields = ("fetched_at", "checked_at", "error", "models")
        read_only_fields = fields
