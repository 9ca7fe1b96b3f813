"""Serializer fields that suggest, and that never repeat a stranger's text as it came."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from providers.suggest import shown, suggestion


class SuggestingChoiceField(serializers.ChoiceField):
    """A choice whose refusal names the nearest one."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and data in self.choices:
            return data
        near = suggestion(shown(data), [str(choice) for choice in self.choices])
        raise serializers.ValidationError(f'There is no "{shown(data)}". {near}')


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class HeadersField(serializers.JSONField):
    """Names and values of extra headers."""


@extend_schema_field({"type": "object", "additionalProperties": {}})
class OptionsField(serializers.JSONField):
    """The adapter's own settings."""
