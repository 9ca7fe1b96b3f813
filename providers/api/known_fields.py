"""Documents sent to the management API: a field that would have no effect is refused."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from providers.suggest import shown, suggestion


class KnownFields(serializers.Serializer[Any]):
    """To stand before DRF's serializer, which drops what it does not know.

    A misspelt `allowed_provider` would make a key that may use every provider. What is read
    only may be sent back as it was read, so that a document that was got can be put.
    """

    # Words that people write for a field, and the field.
    other_words: ClassVar[Mapping[str, str]] = {}
    # Read-only fields that change by themselves: a PUT may hold what they were.
    moving: ClassVar[Collection[str]] = ()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            told = {shown(key): self.refusal(key, value) for key, value in data.items()}
            if refused := {key: [text] for key, text in told.items() if text}:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def refusal(self, name: Any, sent: Any) -> str:
        """Why the field cannot be sent, "" when it can."""
        field = self.fields.get(name)
        if field is None:
            known = [key for key, known in self.fields.items() if not known.read_only]
            near = suggestion(shown(name), known, dict(self.other_words))
            return f"There is no such field. {near}"
        if not field.read_only or (name in self.moving and self.instance and not self.partial):
            return ""
        if self.instance is None:
            return "This cannot be set. Leave it out."
        value = field.get_attribute(self.instance)
        same = sent == (None if value is None else field.to_representation(value))
        return "" if same else "This cannot be changed, and is something else now. Leave it out."
