"""The form of one ladder: it remembers when the ladder that it was made from was saved."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils.formats import localize
from django.utils.timezone import localtime

from profiles.ladder.model import Ladder

if TYPE_CHECKING:
    _Form = forms.ModelForm[Ladder]
else:
    _Form = forms.ModelForm


class LadderForm(_Form):
    """Refused, with all that was typed kept, when somebody saved the ladder meanwhile."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["seen"] = self.instance.updated.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.instance.pk is not None and cleaned.get("seen") != self.initial["seen"]:
            self.add_error(None, self._stale(cleaned.get("seen", "")))
            self._look_again()
        return cleaned

    def _stale(self, seen: str) -> str:
        if not seen:
            return (
                "The page did not say which state of the ladder it was made from, so nothing was "
                "saved. What you typed is still here: save again to put it in place of what is "
                "stored."
            )
        at = localize(localtime(self.instance.updated))
        return (
            f"Somebody saved this ladder at {at}, while you were editing. So nothing of yours was "
            "saved, and all you typed is still here. Save again to put it in place of theirs, "
            "rungs and all, or open the page anew to begin from theirs."
        )

    def _look_again(self) -> None:
        """The page that comes back has told about this state: saving it again is meant."""
        if isinstance(self.data, QueryDict):
            data = self.data.copy()
            data[self.add_prefix("seen")] = self.initial["seen"]
            self.data = data
