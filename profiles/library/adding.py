"""Taking a document in, for whoever brings it: within the gate, and under a title."""

from typing import Any

from django.core.exceptions import ValidationError

from profiles.library import seeing
from profiles.retrieval import intake
from profiles.retrieval.titles import title_of


def add(user: Any, raw: bytes, *, file_name: str = "", **about: Any) -> intake.Taken:
    """As `intake.take`, up to what the user may see and label.

    Without a title it keeps that which its source's document has, or gets its first heading,
    else the file's name or the source's last part. Raises ValidationError by field; the
    content's is `raw`.
    """
    limit, source = seeing.limit_of(user), about.get("source", "").strip()
    title = about.pop("title", "").strip()
    if not title and source:
        title = seeing.documents(user).filter(source=source).values_list("title", flat=True).first()
    if not title and (name := file_name or source):
        title = title_of(raw, name)
    if not title:
        text = "Give the document a title, or a source to call it by."
        raise ValidationError({"title": [text]})
    return intake.take(raw, title=title, limit=limit, **about)
