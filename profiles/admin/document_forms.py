"""What is typed and uploaded on the pages of documents."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from profiles import checks
from profiles.library import seeing
from profiles.retrieval.document import Document
from providers.models import Clearance

UNLABELLED = "none: counts as restricted"


def label_choices(user: Any) -> list[tuple[str, str]]:
    """The labels that they may give."""
    names = {"": UNLABELLED} | dict(Clearance.choices)
    return [(label, names[label]) for label in seeing.labels_of(user)]


class LabelForm(forms.Form):
    label = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Only whom and whose provider is cleared for it gets to see it.",
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["label"]
        choices = label_choices(user)
        # Nobody makes something public by leaving it as it is.
        field.required = "" not in dict(choices)
        field.choices = [("", "choose one"), *choices] if field.required else choices


class FilesWidget(forms.FileInput):
    """The browser's own: unfold's shows the first file's name only."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class FilesField(forms.FileField):
    """One or several. What is wrong with one is told by whoever takes it in."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        if not data:
            raise forms.ValidationError("Choose one or several files.")
        return data


class UploadForm(LabelForm):
    uploads = FilesField(
        label="Files",
        widget=FilesWidget({"class": "lh-files"}),
        help_text="One or several: text, Markdown, HTML, JSON or PDF. Together they may have 8 MB, "
        "unless LAKEHOUSE_MAX_BODY says otherwise.",
    )
    title = forms.CharField(
        required=False,
        max_length=300,
        validators=[checks.one_line],
        widget=UnfoldAdminTextInputWidget,
        help_text="Of a single file. Empty: its first heading, else its file's name.",
    )
    source = forms.CharField(
        required=False,
        max_length=900,
        validators=[checks.one_line],
        widget=UnfoldAdminTextInputWidget,
        help_text="Where it comes from: a path or an address. The same source again replaces the "
        "document. With several files, each one's is this, a slash and its name.",
    )
    dated = forms.DateField(
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=Document._meta.get_field("dated").help_text,
    )
    owner = forms.CharField(
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=Document._meta.get_field("owner").help_text,
    )
    field_order = ("uploads", "label", "title", "source", "dated", "owner")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if len(cleaned.get("uploads", ())) > 1 and cleaned.get("title"):
            self.add_error("title", "Several files have a title each. Leave it empty.")
        return cleaned
