"""Making, changing and deleting a playbook: one way for the admin, REST and commands."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value

from profiles.filling import Errors, fill
from profiles.memory.linked import documents
from profiles.memory.playbook import Playbook, State
from profiles.memory.states import approved, move
from providers.endpoint import LABELS, Clearance, rank
from providers.suggest import shown

FIELDS = ("title", "task", "steps", "tags", "documents", "label", "owner")
OTHER_WORDS = {"name": "title", "question": "task", "answer": "steps", "text": "steps"}
MOST_TAGS = 20
MOST_DOCUMENTS = 100
# A change of these is a person's new word on what the playbook says.
_CONTENT = ("title", "task", "steps")


class Filled(NamedTuple):
    """A checked playbook that is not saved yet. `documents` None: they stay as they are."""

    playbook: Playbook
    documents: list[UUID] | None


class SavedMeanwhile(Exception):
    """Somebody else saved it since the caller looked: nothing was written."""

    def __init__(self, found: datetime) -> None:
        super().__init__(
            f"This playbook was saved by somebody else at {found.isoformat()}, since you read it. "
            "Read it again, and change that."
        )


def values_of(playbook: Playbook) -> dict[str, Any]:
    """As `filled` takes it: documents as texts of their ids, in order."""
    cited: Any = playbook.documents.order_by("pk").values_list("pk", flat=True)
    found = {name: getattr(playbook, name) for name in FIELDS if name != "documents"}
    return found | {"documents": [str(pk) for pk in cited] if playbook.pk else []}


def filled(playbook: Playbook, values: Mapping[str, Any], clearance: Clearance) -> Filled:
    """The playbook with these plain values, checked whole for who has this clearance.

    `documents` are ids as texts; without them a playbook keeps its own. Nothing is saved.
    Raises ValidationError by field.
    """
    given = {name: value for name, value in values.items() if name != "documents"}
    errors = fill(playbook, given, FIELDS, other_words=OTHER_WORDS)
    errors = objections(playbook, clearance) | errors
    cited = None
    if "documents" in values:
        cited, wrong = _cited(values["documents"], clearance)
        errors |= wrong
    if errors:
        raise ValidationError(errors)
    return Filled(playbook, cited)


def objections(playbook: Playbook, clearance: Clearance) -> Errors:
    """What whoever has this clearance cannot save, by field; {} when he can."""
    errors: Errors = {}
    if text := label_refusal(playbook.label, clearance):
        errors["label"] = [text]
    seen = Playbook.objects.up_to(rank(clearance)).exclude(pk=playbook.pk)
    if playbook.title != playbook.title.strip():
        errors["title"] = ["Leave out the spaces round it."]
    elif seen.filter(title=playbook.title).exists():
        errors["title"] = ["There is a playbook of this title. Change that one, or say another."]
    for field in ("task", "steps"):
        if not getattr(playbook, field).strip():
            errors[field] = ["This field cannot be blank."]
    tags = playbook.tags
    if len(tags) > MOST_TAGS or len(set(tags)) < len(tags) or not all(t.strip() for t in tags):
        errors["tags"] = [f"Write at most {MOST_TAGS} tags, each once, and none empty."]
    return errors


def label_refusal(label: str, clearance: Clearance) -> str:
    """Why whoever has this clearance cannot give the label, "" when he can."""
    if rank(label) <= rank(clearance):
        return ""
    may = ", ".join(labels_for(clearance))
    if not label:
        return f"Without a label it counts as restricted, above your clearance. Choose: {may}."
    return f"That is above your clearance. Choose: {may}."


def labels_for(clearance: Clearance) -> list[str]:
    return [label for label in LABELS if rank(label) <= rank(clearance)]


def save(
    draft: Filled, expected: datetime | None = None, *, who: str, via: str, reason: str = ""
) -> Playbook:
    """Saves playbook and links together, `expected` being `updated` as the caller read it.

    A new one is a draft. A change of what it says counts as a review of it. Raises
    SavedMeanwhile when somebody saved it since, Playbook.DoesNotExist when it was deleted.
    """
    playbook, cited = draft
    with transaction.atomic():
        if playbook._state.adding:
            playbook.save(force_insert=True)
            _link(playbook, cited or ())
            _put_words(playbook)
            playbook.state = ""  # what it was before: nothing
            columns = approved(playbook)
            move(playbook, State.DRAFT, who=who, via=via, reason=reason or "made", **columns)
            return playbook
        stored = lock(playbook, expected)
        changed = [name for name in _CONTENT if getattr(playbook, name) != getattr(stored, name)]
        own = [name for name in FIELDS if name != "documents"]
        playbook.save(update_fields=[*own, "updated"])
        if cited is not None and set(cited) != set(stored.documents.values_list("pk", flat=True)):
            _link(playbook, cited)
            changed.append("documents")
        if not {"title", "task"}.isdisjoint(changed):
            _put_words(playbook)
        if changed:
            _approve(playbook, stored, who=who, via=via)
        return playbook


def delete(playbook: Playbook, expected: datetime | None = None) -> None:
    """With its events. Raises SavedMeanwhile, and Playbook.DoesNotExist."""
    with transaction.atomic():
        lock(playbook, expected, no_key=False).delete()


def lock(playbook: Playbook, expected: datetime | None, *, no_key: bool = True) -> Playbook:
    """The stored row, within a transaction. Raises SavedMeanwhile and Playbook.DoesNotExist."""
    stored: Playbook = Playbook.objects.select_for_update(no_key=no_key).get(pk=playbook.pk)
    if expected is not None and stored.updated != expected:
        raise SavedMeanwhile(stored.updated)
    return stored


def _approve(playbook: Playbook, stored: Playbook, *, who: str, via: str) -> None:
    columns = approved(playbook)
    for name in ("state", "helpful", "harmful"):
        setattr(playbook, name, getattr(stored, name))
    if playbook.state == State.STALE:
        move(playbook, State.ACTIVE, who=who, via=via, reason="edited", **columns)
        return
    for column, value in columns.items():
        setattr(playbook, column, value)
    playbook.save(update_fields=[*columns])


def _link(playbook: Playbook, ids: Iterable[UUID]) -> None:
    cited: Any = playbook.documents
    cited.set(ids)


def _put_words(playbook: Playbook) -> None:
    """What it is recalled by; a vector of other words would mislead."""
    words: Any = SearchVector(
        Value(f"{playbook.title} {playbook.task}"), config=settings.LAKEHOUSE_TEXT_SEARCH
    )
    Playbook.objects.filter(pk=playbook.pk).update(words=words, space=None, embedding=None)
    playbook.space, playbook.embedding = None, None


def _cited(value: Any, clearance: Clearance) -> tuple[list[UUID], Errors]:
    if not isinstance(value, list | tuple) or len(value) > MOST_DOCUMENTS:
        text = f"documents is a list of at most {MOST_DOCUMENTS} ids."
        return [], {"documents": [text]}
    ids, texts = [], []
    for given in value:
        try:
            ids.append(given if isinstance(given, UUID) else UUID(given))
        except (ValueError, AttributeError, TypeError):
            texts.append(_missing(given))
    visible = documents().up_to(rank(clearance)).filter(pk__in=ids)
    found = set(visible.values_list("pk", flat=True))
    texts += [_missing(each) for each in ids if each not in found]
    return list(dict.fromkeys(ids)), {"documents": texts} if texts else {}


def _missing(given: Any) -> str:
    return f'There is no document with the id "{shown(given)}".'
