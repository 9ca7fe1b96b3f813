"""What is uploaded and chosen for a new audit."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from lakehouse.audit import seeing
from lakehouse.audit.starting import DEFAULT_LABEL
from profiles import checks
from profiles.models import ExecutionProfile
from providers.endpoint import LABELS, rank
from providers.models import Provider


class DiffForm(forms.Form):
    upload = forms.FileField(
        label="Diff",
        widget=UnfoldAdminFileFieldWidget,
        help_text="A unified diff, as git diff prints it. Findings are checked against the lines "
        "that it shows, and nothing else of the files is known here: for whole files, ask in a "
        "shell, with manage.py audit --range.",
    )
    provider = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget, help_text="Who is asked. Nobody else is."
    )
    model = forms.CharField(
        required=False,
        max_length=300,
        validators=[checks.one_line],
        widget=UnfoldAdminTextInputWidget,
        help_text="Empty: the profile's, else the provider's default model.",
    )
    profile = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="An execution profile, whose parameters and system prompt go with it.",
    )
    sensitivity = forms.ChoiceField(
        widget=UnfoldAdminSelectWidget,
        help_text="How sensitive the code is: it goes to no provider that is not cleared for it.",
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = seeing.limit_of(user)
        labels = [(label, label) for label in LABELS if rank(label) <= limit]
        enabled = Provider.objects.enabled().order_by("name").values_list("name", "clearance")
        profiles = ExecutionProfile.objects.activated().order_by("name")
        fields: Any = self.fields
        fields["provider"].choices = [
            ("", "choose one"),
            *((name, f"{name} (up to {clearance})") for name, clearance in enabled),
        ]
        names = profiles.values_list("name", flat=True)
        fields["profile"].choices = [("", "none"), *((name, name) for name in names)]
        # Nobody makes something public by leaving it as it is.
        known = DEFAULT_LABEL in dict(labels)
        fields["sensitivity"].choices = labels if known else [("", "choose one"), *labels]
        fields["sensitivity"].initial = DEFAULT_LABEL if known else ""
