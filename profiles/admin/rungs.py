"""The rungs of a ladder's form: their order is what was typed or dragged, numbered anew."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, QueryDict
from unfold.admin import StackedInline
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from profiles.admin.fields import PlainFields
from profiles.admin.posted import regrouped
from profiles.ladder.model import MOST_RUNGS, Rung

if TYPE_CHECKING:
    _Form = forms.ModelForm[Rung]
else:
    _Form = forms.ModelForm


class RungForm(_Form):
    position = forms.IntegerField(
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="1 is tried first. Drag the rung, or write where it should go; empty is last. "
        "Saving numbers them anew.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if (rung := self.instance).pk is not None:
            model = f" / {rung.model}" if rung.model else ""
            title = f"{rung.position}. {rung.provider_id}{model}"
            rung.get_inline_title = title  # type: ignore[attr-defined]  # what unfold shows

    def _get_validation_exclusions(self) -> set[str]:
        # Rungs swap places: no row alone can tell whether its place is free.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"position"}


class RungFormSet(PaginationInlineFormSet):
    default_error_messages = {
        **PaginationInlineFormSet.default_error_messages,
        "too_many_forms": f"A ladder has at most {MOST_RUNGS} rungs.",
    }

    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.data, QueryDict) and self.is_bound and self.instance.pk is not None:
            stored = {str(pk) for pk in self.instance.rungs.values_list("pk", flat=True)}
            self.data = regrouped(self.data, self.prefix, stored)

    def save(self, commit: bool = True) -> Any:
        """The ladder has the rungs of the form and no other: its `seen` was the newest state."""
        named = [form.instance.pk for form in self.initial_forms]
        self.instance.rungs.exclude(pk__in=named).delete()
        return super().save(commit)

    def clean(self) -> None:
        super().clean()
        kept = [
            form
            for form in self.forms
            if not self._should_delete_form(form) and (form.instance.pk or form.has_changed())
        ]
        for place, form in enumerate(sorted(kept, key=_wanted), start=1):
            form.instance.position = place
            if form.initial.get("position") != place and "position" not in form.changed_data:
                form.changed_data.append("position")  # so that it is saved


def _wanted(form: RungForm) -> tuple[float, int]:
    """Where it belongs. Moved up it goes before the one that is there, moved down after it."""
    asked = form.cleaned_data.get("position")
    if asked is None:
        return (float("inf"), 0)
    was = form.initial.get("position", float("inf"))
    return (asked, (asked > was) - (asked < was))


class RungInline(PlainFields, StackedInline):
    model = Rung
    form = RungForm
    formset = RungFormSet
    fields = ("position", "provider", "model", "parameters", "on_errors", "on_answers")
    ordering_field = "position"
    collapsible = True
    extra = 0
    max_num = MOST_RUNGS

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, validate_max=True, **kwargs)

    # Who may write a ladder may write its rungs, as by REST: they have no permissions of their own.

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = request.user.has_perm  # asked without the ladder too, for the stored rungs
        return any(may(f"profiles.{verb}_ladder") for verb in ("view", "change", "add"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(f"profiles.{'add' if obj is None else 'change'}_ladder")

    has_add_permission = has_change_permission
    has_delete_permission = has_change_permission
