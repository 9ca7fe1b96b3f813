"""How lists, objects and references are typed into a form.

A list of texts is one text a line, since a comma may be part of one; a line break
within a text is written \\n. A list of known words is boxes to tick.
"""

import json
import re
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminExpandableTextareaWidget,
)

from providers.admin.form import ObjectField

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MEANT = {written: text for text, written in _ESCAPES.items()}
_LINES = "One a line; a line break within one is written \\n."
_NOTHING = "-"  # what an empty choice is called


class LinesField(forms.Field):
    """A list of texts, one a line; empty lines count for nothing."""

    widget = UnfoldAdminExpandableTextareaWidget

    def to_python(self, value: Any) -> list[str]:
        lines = (value or "").replace("\r\n", "\n").split("\n")
        return [re.sub(r"\\[\\nrt]", lambda m: _MEANT[m[0]], line) for line in lines if line]

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join("".join(_ESCAPES.get(c, c) for c in text) for text in value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


class ItemsField(forms.Field):
    """A list of names and objects, one a line: `json`, `{"max_length": {"words": 500}}`.

    What begins as a list is read as JSON whole.
    """

    widget = UnfoldAdminExpandableTextareaWidget

    def to_python(self, value: Any) -> list[Any]:
        text = (value or "").strip()
        whole = text.startswith("[")
        lines = [text] if whole else [line.strip() for line in text.splitlines() if line.strip()]
        read: list[Any] = [self._read(line) if line[0] in "[{" else line for line in lines]
        found: list[Any] = read[0] if whole else read
        return found

    @staticmethod
    def _read(text: str) -> Any:
        try:
            return json.loads(text)
        except RecursionError:
            raise ValidationError("This is nested too deeply.") from None
        except ValueError as error:
            raise ValidationError(f"This is not JSON: {str(error)[:200]}.") from None

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(
            item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
            for item in value
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return list(initial or []) != self.to_python(data)
        except ValidationError:
            return True


class BoxesField(forms.MultipleChoiceField):
    widget = UnfoldAdminCheckboxSelectMultipleWidget


class PlainFields:
    """For a ModelAdmin or an inline, before unfold's own class."""

    formfield_overrides = {models.TextField: {"widget": UnfoldAdminExpandableTextareaWidget}}

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        said = {"required": False, "help_text": db_field.help_text}
        if isinstance(db_field, ArrayField):
            if db_field.base_field.choices:
                return BoxesField(choices=db_field.base_field.flatchoices, **said)
            return LinesField(**said | {"help_text": f"{db_field.help_text} {_LINES}"})
        if isinstance(db_field, models.JSONField):
            return ItemsField(**said) if db_field.default is list else ObjectField(**said)
        field: forms.Field | None = super().formfield_for_dbfield(  # type: ignore[misc]
            db_field, request, **kwargs
        )
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # a pop-up would make or delete another row
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = _NOTHING if db_field.blank else field.empty_label
        elif isinstance(field, forms.ChoiceField) and db_field.blank:
            field.choices = [("", _NOTHING), *db_field.flatchoices]
        return field
