"""Changing what is said of documents, and removing them, within the gate."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from profiles.library import seeing
from profiles.retrieval import counting, intake, job, wording
from profiles.retrieval.document import Document

SETTABLE = ("title", "label", "dated", "owner")


def change(user: Any, pk: UUID, values: Mapping[str, Any]) -> Document:
    """The document as it is now; label and date hold for every later call at once.

    Raises DoesNotExist where it is hidden from them, ValidationError by field.
    """
    with transaction.atomic():
        row: Document = _locked(user).get(pk=pk)
        for name, value in values.items():
            setattr(row, name, value)
        row.clean_fields(exclude={f.name for f in row._meta.fields} - set(values))
        if "label" in values:
            intake.check_label(row.label, seeing.limit_of(user))
        row.save(update_fields=[*values, "updated"])
        if "title" in values:
            wording.reword(row)
        if "label" in values:
            counting.soon()
    return row


def relabel(user: Any, pks: Iterable[UUID], label: str) -> list[Document]:
    """Those that got it: hidden ones are left out. Raises ValidationError."""
    intake.check_label(label, seeing.limit_of(user))
    with transaction.atomic():
        rows = list(_locked(user).filter(pk__in=pks).order_by("pk"))
        for row in rows:
            row.label = label
            row.save(update_fields=["label", "updated"])
        counting.soon()
    return rows


def remove(user: Any, pks: Iterable[UUID]) -> int:
    """Deletes documents and their chunks, for good; how many were there for them."""
    with transaction.atomic():
        rows = list(_locked(user).filter(pk__in=pks).order_by("pk"))
        gone = Document.objects.filter(pk__in=[row.pk for row in rows])
        gone.defer(*seeing.HEAVY).delete()
        counting.soon()
    return len(rows)


def ingest_again(user: Any, pks: Iterable[UUID]) -> list[Document]:
    """Puts a job for each: what failed is read again, what is ready gets vectors anew.

    Until it is done, calls find what they found.
    """
    with transaction.atomic():
        rows = list(_locked(user).filter(pk__in=pks).order_by("pk"))
        for row in rows:
            row.state, row.problem = Document.State.PENDING, ""
            row.save(update_fields=["state", "problem", "updated"])
            job.ingest(row.pk)
    return rows


def _locked(user: Any) -> Any:
    """The gate is asked again under the lock: somebody may have raised a label meanwhile."""
    return seeing.documents(user).select_for_update(of=("self",))
