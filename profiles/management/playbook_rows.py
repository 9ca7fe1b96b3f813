"""Playbooks and their documents as a shell names them.

Who runs commands here can read the database, so that the gate ends nothing for him: he is
cleared to restricted.
"""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models import TextField
from django.db.models.functions import Cast

from profiles.management import words
from profiles.memory import writing
from profiles.memory.playbook import Playbook
from profiles.retrieval.document import Document
from providers.endpoint import Clearance
from providers.suggest import shown, suggestion
from providers.validators import is_plain

CLEARANCE: Clearance = "restricted"
SHORT = 8
_START = re.compile(r"[0-9a-f][0-9a-f-]{3,35}")
_LISTS = ("tags", "documents")
HELP = (
    f"{words.HELP} Fields: {', '.join(writing.FIELDS)}. Documents are named by their ids or "
    "sources."
)


def find(said: str) -> Playbook:
    """By its title, its id, or 4 or more of its id's first characters. Raises CommandError."""
    rows = Playbook.objects.select_related("space")
    found = list(rows.filter(title=said)[:2]) if is_plain(said) else []
    if not found and _START.fullmatch(said.lower()):
        ids = rows.annotate(said=Cast("id", TextField()))
        found = list(ids.filter(said__startswith=said.lower())[:2])
    match found:
        case [Playbook() as only]:
            return only
        case []:
            near = suggestion(shown(said), list(Playbook.objects.values_list("title", flat=True)))
            raise CommandError(f'There is no playbook "{shown(said)}". {near}')
    raise CommandError(f'More than one playbook is called "{shown(said)}". Write more of its id.')


def values(given: Iterable[str]) -> dict[str, Any]:
    """`field=value` words as `profiles.memory.writing` takes them. Raises as `words`."""
    found: dict[str, Any] = {}
    for field, text in words.pairs(given).items():
        listed = field in _LISTS
        found[field] = (words.texts(field, text) if text else []) if listed else text
    if "documents" in found:
        found["documents"] = ids(found["documents"])
    return found


def ids(named: Any) -> Any:
    """The ids of documents that are named by id or source. Raises ValidationError."""
    if not isinstance(named, list):
        return named  # refused later
    known = dict(Document.objects.filter(source__in=_texts(named)).values_list("source", "pk"))
    found = [str(known.get(each, each)) if isinstance(each, str) else each for each in named]
    lost = [each for each in found if not _is_id(each)]
    if lost:
        told = [f'There is no document with the source or id "{shown(each)}".' for each in lost]
        raise ValidationError({"documents": told})
    return found


def _texts(named: list[Any]) -> list[str]:
    return [each for each in named if isinstance(each, str) and each and is_plain(each)]


def _is_id(text: Any) -> bool:
    try:
        return bool(UUID(text))
    except (ValueError, AttributeError, TypeError):
        return False
