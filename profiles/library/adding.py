"""Taking a document in, for whoever brings it: within the gate, and under a title."""

from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError

from profiles.library import seeing
from profiles.retrieval import intake


def add(user: Any, raw: bytes, *, file_name: str = "", **about: Any) -> intake.Taken:
    """As `intake.take`, up to what the user may see and label.

    Without a title it keeps that which its source's document has, or gets the last part of
    the file's name or of the source. Raises ValidationError by field; the content's is `raw`.
    """
    limit, source = seeing.limit_of(user), about.get("source", "").strip()
    title = about.pop("title", "").strip()
    if not title and source:
        title = seeing.documents(user).filter(source=source).values_list("title", flat=True).first()
    title = title or PurePath(file_name or source).name
    if not title:
        text = "Give the document a title, or a source to call it by."
        raise ValidationError({"title": [text]})
    return intake.take(raw, title=title, limit=limit, **about)
