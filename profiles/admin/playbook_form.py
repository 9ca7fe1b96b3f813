"""The form of one playbook: the checks of `profiles.memory.writing`, for who fills it in."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from profiles.memory import writing
from profiles.memory.playbook import Playbook
from providers.endpoint import Clearance

if TYPE_CHECKING:
    _Form = forms.ModelForm[Playbook]
else:
    _Form = forms.ModelForm

_STALE = (
    "Somebody saved this playbook while you were editing. So nothing of yours was saved, and all "
    "you typed is still here. Save again to put it in place of theirs, or open the page anew to "
    "begin from theirs."
)


class PlaybookForm(_Form):
    """Subclassed with the clearance of whoever asks."""

    clearance: Clearance = "public"
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = None if self.instance._state.adding else self.instance.updated
        if self.expected is not None:
            self.initial["seen"] = self.expected.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.expected is not None and cleaned.get("seen") != self.initial["seen"]:
            self.add_error(None, _STALE)
            self._look_again()
        if len(cleaned.get("documents") or ()) > writing.MOST_DOCUMENTS:
            self.add_error("documents", f"Choose at most {writing.MOST_DOCUMENTS}.")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook, which its types leave out
        for field, texts in writing.objections(self.instance, self.clearance).items():
            if field in self.fields and field not in self.errors:
                self.add_error(field, texts)

    def _look_again(self) -> None:
        """The page that comes back has told about this state: saving it again is meant."""
        if isinstance(self.data, QueryDict):
            data = self.data.copy()
            data[self.add_prefix("seen")] = self.initial["seen"]
            self.data = data
