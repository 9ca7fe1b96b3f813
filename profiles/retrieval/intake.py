"""The verb: taking a document in. For admin, REST and commands alike."""

import hashlib
from datetime import date
from typing import Any, Literal, NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from profiles.retrieval import counting, job, wording
from profiles.retrieval.document import Document
from profiles.retrieval.extracting import json_values
from profiles.retrieval.media import Media, UnknownType, Unreadable, characters, type_of
from providers.endpoint import LABELS, rank

MOST_BYTES = 8 * 1024 * 1024
EVERYTHING = rank("")
_ONE_A_SOURCE = "SELECT pg_advisory_xact_lock(hashtext('documents'), hashtext(%s))"
_OF_PEOPLE = ("title", "source", "label", "dated", "owner")


class Taken(NamedTuple):
    """`changed` are also those that failed before, and are tried again."""

    document: Document
    outcome: Literal["new", "changed", "unchanged"]


def take(
    raw: bytes,
    *,
    title: str,
    source: str = "",
    label: str = "",
    dated: date | None = None,
    owner: str = "",
    media_type: str | None = None,
    limit: int = EVERYTHING,
) -> Taken:
    """The document, to be ingested by the job that is put with it, in one transaction.

    Of a source that is there already: the same content is not ingested again, another
    replaces it once it is ingested. What is given of label, date, owner and title is
    applied in both cases, what is empty stays as it was. `limit` is the rank up to which
    the caller may see and label. Raises ValidationError by field; the content's is `raw`.
    """
    given = Document(title=title, source=source, label=label, dated=dated, owner=owner)
    _check(given, limit)
    given.raw, given.media_type = raw, _type(raw, media_type, source, title)
    given.content_hash = hashlib.sha256(raw).hexdigest()
    with transaction.atomic():
        return _taken(given, limit)


def check_label(label: str, limit: int) -> None:
    """Raises ValidationError for a label above what its giver may see, empty included."""
    if rank(label) <= limit:
        return
    may = " or ".join(each for each in LABELS if rank(each) <= limit)
    raise ValidationError(
        {
            "label": f"You may label with {may}."
            if label
            else f"Without a label it counts as restricted. You may label with {may}."
        }
    )


def _check(given: Document, limit: int) -> None:
    given.title, given.source = given.title.strip(), given.source.strip()
    everything_else = {field.name for field in Document._meta.fields} - set(_OF_PEOPLE)
    given.clean_fields(exclude=everything_else)
    if given.label or not given.source:
        check_label(given.label, limit)


def _type(raw: bytes, said: str | None, *names: str) -> Media:
    if not raw.strip():
        raise ValidationError({"raw": "It is empty."})
    if len(raw) > MOST_BYTES:
        raise ValidationError(
            {
                "raw": f"It has {len(raw):,} bytes; {MOST_BYTES:,} are the most. Split it, or give "
                "its text alone."
            }
        )
    try:
        media = type_of(raw, said, *names)
    except UnknownType as error:
        raise ValidationError({"media_type": str(error)}) from None
    try:
        if media is Media.JSON:
            json_values.parsed(raw)
        elif media is not Media.PDF:
            characters(raw, media)
        elif b"%PDF-" not in raw[:1024]:
            raise Unreadable("It is no PDF. Give its true type.")
    except Unreadable as error:
        raise ValidationError({"raw": str(error)}) from None
    return media


def _taken(given: Document, limit: int) -> Taken:
    if given.source:
        # Of two who bring a new source at once, the second finds what the first made.
        with connection.cursor() as cursor:
            cursor.execute(_ONE_A_SOURCE, [given.source])
    rows = Document.objects.select_for_update(of=("self",)).defer("text", "raw")
    # Of those that the giver may see: a hidden one of the same source is neither told nor touched.
    same = rows.filter(source=given.source).up_to(limit).order_by("created")
    old: Document | None = same.first() if given.source else None
    if old is None:
        check_label(given.label, limit)
        given.save(force_insert=True)
        job.ingest(given.pk)
        return Taken(given, "new")
    return _given_anew(old, given)


def _given_anew(old: Document, given: Document) -> Taken:
    changes: dict[str, Any] = {
        name: getattr(given, name) for name in _OF_PEOPLE if getattr(given, name)
    }
    changes = {name: value for name, value in changes.items() if getattr(old, name) != value}
    again = old.state == Document.State.FAILED or old.content_hash != given.content_hash
    if again:
        changes |= {
            "raw": given.raw,
            "media_type": given.media_type,
            "content_hash": given.content_hash,
            "state": Document.State.PENDING,
            "problem": "",
        }
    for name, value in changes.items():
        setattr(old, name, value)
    if changes:
        old.save(update_fields=[*changes, "updated"])
    if old.state == Document.State.PENDING:
        job.ingest(old.pk)
    elif "title" in changes:
        wording.reword(old)
    if "label" in changes:
        counting.soon()
    return Taken(old, "changed" if again else "unchanged")
