"""The form of one profile: it remembers the revision it was made from."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict

from profiles.base import Profile
from profiles.revisions import Revision, diff

if TYPE_CHECKING:
    _Form = forms.ModelForm[Profile]
else:
    _Form = forms.ModelForm


class ProfileForm(_Form):
    """Refused, with all that was typed kept, when somebody saved a newer revision meanwhile."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["seen"] = self.instance.revision

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        found = self.instance.revision
        if self.instance.pk is not None and cleaned.get("seen") != str(found):
            self.add_error(None, self._stale(cleaned.get("seen", "")))
            self._look_again(found)
        return cleaned

    def _stale(self, seen: str) -> str:
        newest = self.instance.at(self.instance.revision)
        try:
            before = self.instance.at(int(seen) if seen.isdecimal() else 0).values
        except Revision.DoesNotExist:
            return (
                "The page did not say which revision it was made from, so nothing was saved. What "
                f"you typed is still here: save again to put it in place of revision "
                f"{newest.number}."
            )
        names = ", ".join(change.field for change in diff(before, newest.values))
        return (
            f"{newest.who or 'Somebody'} saved revision {newest.number} while you were editing "
            f"revision {seen}; it changed {names or 'nothing in the end'}. So nothing of yours was "
            "saved, and all you typed is still here. Save again to put it in place of theirs, or "
            "open the page anew to begin from theirs."
        )

    def _look_again(self, revision: int) -> None:
        """The page that comes back has told about this revision: saving it again is meant."""
        if isinstance(self.data, QueryDict):
            data = self.data.copy()
            data[self.add_prefix("seen")] = str(revision)
            self.data = data
