"""How profiles, their revisions and the differences between them look in answers."""

from typing import Any

from django.db import models
from rest_framework import serializers

from profiles.base import KEPT, Profile
from profiles.revisions import Change, Revision

WHO = "A user, or key and its label. Empty: not known."
VIA = "admin, rest or command. Empty: not known."
EVENTS = ["created", "changed"]
READ_ONLY = (*KEPT, "standing", "changes_not_live")


class ChangeSerializer(serializers.Serializer[Change]):
    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ProfileSerializer(serializers.ModelSerializer[Any]):
    # For answers and the schema: what is written is checked by `profiles.editing`.
    standing = serializers.CharField(
        read_only=True, help_text="One short line: what traffic gets of it."
    )
    changes_not_live = ChangeSerializer(
        many=True, read_only=True, help_text="What the draft would change for traffic."
    )


class RevisionSerializer(serializers.Serializer[Any]):
    """A row of a kind's table of revisions, without its values."""

    COLUMNS = ("revision", "pgh_label", "pgh_created_at", "pgh_context")

    number = serializers.IntegerField(source="revision")
    event = serializers.ChoiceField(choices=EVENTS, source="pgh_label")
    at = serializers.DateTimeField(source="pgh_created_at")
    who = serializers.SerializerMethodField(help_text=WHO)
    via = serializers.SerializerMethodField(help_text=VIA)

    def get_who(self, row: Any) -> str:
        return str((row.pgh_context or {}).get("who", ""))

    def get_via(self, row: Any) -> str:
        return str((row.pgh_context or {}).get("via", ""))


class SavedStateSerializer(serializers.Serializer[Revision]):
    number = serializers.IntegerField()
    event = serializers.ChoiceField(choices=EVENTS)
    at = serializers.DateTimeField()
    who = serializers.CharField(help_text=WHO)
    via = serializers.CharField(help_text=VIA)
    values = serializers.DictField(help_text="Every own field; references are names.")


class DifferenceSerializer(serializers.Serializer[Any]):
    """What differs between two states."""

    def get_fields(self) -> dict[str, Any]:
        empty = "The revision's number. Null: none is activated yet."
        return {
            # A word of Python's, so it cannot be written as a class's attribute.
            "from": serializers.IntegerField(source="first", allow_null=True, help_text=empty),
            "to": serializers.IntegerField(source="last", allow_null=True, help_text=empty),
            "changes": ChangeSerializer(many=True),
        }


def serializer_of(model: type[Profile]) -> type[ProfileSerializer]:
    """Every own field of the kind, references as names, and how it stands."""
    own: list[Any] = [model._meta.get_field(name) for name in model.own_fields()]
    references = {
        field.name: serializers.CharField(
            source=field.attname, allow_null=True, required=False, help_text=field.help_text
        )
        for field in own
        if isinstance(field, models.ForeignKey)
    }
    meta = type(
        "Meta",
        (),
        {
            "model": model,
            "fields": (*model.own_fields(), *READ_ONLY),
            "read_only_fields": READ_ONLY,
        },
    )
    body = {
        **references,
        "Meta": meta,
        "__doc__": f"The draft of one {model.kind} profile, and how it stands.",
    }
    return type(f"{model.__name__}Serializer", (ProfileSerializer,), body)
