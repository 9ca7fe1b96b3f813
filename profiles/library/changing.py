"""Changing what is said of a document, and removing one, within the gate."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from profiles.library import seeing
from profiles.retrieval import counting, intake, wording
from profiles.retrieval.document import Document

SETTABLE = ("title", "label", "dated", "owner")


def change(user: Any, pk: UUID, values: Mapping[str, Any]) -> Document:
    """The document as it is now; label and date hold for every later call at once.

    Raises DoesNotExist where it is hidden from them, ValidationError by field.
    """
    with transaction.atomic():
        row = _locked(user, pk)
        for name, value in values.items():
            setattr(row, name, value)
        _check(user, row, values)
        row.save(update_fields=[*values, "updated"])
        if "title" in values:
            wording.reword(row)
        if "label" in values:
            counting.soon()
    return row


def remove(user: Any, pk: UUID) -> None:
    """The document and its chunks, for good. Raises DoesNotExist where it is hidden."""
    with transaction.atomic():
        _locked(user, pk).delete()
        counting.soon()


def _locked(user: Any, pk: UUID) -> Document:
    """The gate is asked again under the lock: somebody may have raised the label meanwhile."""
    row: Document = seeing.documents(user).select_for_update(of=("self",)).get(pk=pk)
    return row


def _check(user: Any, row: Document, values: Mapping[str, Any]) -> None:
    row.clean_fields(exclude={f.name for f in row._meta.fields} - set(values))
    if "label" in values:
        intake.check_label(row.label, seeing.limit_of(user))
