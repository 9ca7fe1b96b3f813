"""The form of one provider: what is left empty starts with the kind's default."""

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from unfold.widgets import (
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminNullBooleanSelectWidget,
)

from providers import adapters, fields
from providers.models import Provider

# Empty means the kind's default; `default_model` only on a new provider, since a person
# may want none later.
_DEFAULTED = (
    "base_url",
    "auth",
    "connect_timeout",
    "first_token_timeout",
    "idle_timeout",
    "total_timeout",
    "min_output_tokens",
)
_DEFAULTED_WHEN_NEW = (*_DEFAULTED, "default_model", "unattended")
_EMPTY = "Empty: the kind's default."

if TYPE_CHECKING:
    _Form = forms.ModelForm[Provider]
else:
    _Form = forms.ModelForm


class ObjectField(forms.JSONField):
    """A JSON object; empty is the empty object. Nesting or digits without end are an error."""

    def __init__(self, **more: Any) -> None:
        more["widget"] = UnfoldAdminExpandableTextareaWidget
        super().__init__(**more)

    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
        except RecursionError:
            raise ValidationError("This is nested too deeply.") from None
        except ValueError:  # Python reads no longer ones
            raise ValidationError("A number in it has more than 4300 digits.") from None
        return {} if found in (None, "", []) else found

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (RecursionError, ValueError):
            return data

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2) if isinstance(value, dict) and value else (value or "")


class DefaultOrChoice(UnfoldAdminNullBooleanSelectWidget):
    def __init__(self) -> None:
        super().__init__()
        self.choices = [("unknown", "The kind's default"), ("true", "Yes"), ("false", "No")]


class ProviderForm(_Form):
    headers = ObjectField(required=False, help_text=Provider._meta.get_field("headers").help_text)
    options = ObjectField(required=False, help_text=Provider._meta.get_field("options").help_text)

    class Meta:
        model = Provider
        fields = ("name", *fields.NAMES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._new = self.instance.pk is None
        self._defaulted = _DEFAULTED_WHEN_NEW if self._new else _DEFAULTED
        for name in self._defaulted:
            if (field := self.fields.get(name)) is not None:
                field.required = False
                field.help_text = f"{field.help_text} {_EMPTY}"
                if self._new:
                    self.initial.setdefault(name, None)
        if self._new and "unattended" in self.fields:
            self.fields["unattended"] = forms.NullBooleanField(
                required=False,
                widget=DefaultOrChoice,
                help_text=self.fields["unattended"].help_text,
            )
        if not self._new:
            self._tell_about_the_row()

    def _tell_about_the_row(self) -> None:
        if not self.instance.auth:
            self.initial["auth"] = fields.NO_SECRET
        if "options" in self.fields and self.instance.kind in adapters.KINDS:
            known = ", ".join(self.instance.adapter.options) or "none"
            self.fields["options"].help_text += f" This kind knows: {known}."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind") or self.instance.kind
        if kind in adapters.KINDS:
            starting = fields.starting(kind)
            for name in self._defaulted:
                if name in cleaned and cleaned[name] in (None, ""):
                    cleaned[name] = starting[name]
        return cleaned

    def full_clean(self) -> None:
        super().full_clean()
        if "auth" in self.errors and isinstance(self.data, QueryDict):
            # It may be a key in the wrong field: the page must not come back with it.
            data = self.data.copy()
            data[self.add_prefix("auth")] = ""
            self.data = data
