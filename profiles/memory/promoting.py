"""A draft playbook from a call that helped: what was asked is its task, the answer its steps."""

from collections.abc import Collection
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from profiles.memory import writing
from profiles.memory.linked import documents as stored_documents
from profiles.memory.playbook import Playbook
from providers.endpoint import rank

_LONGEST = {"task": 20_000, "steps": 50_000, "title": 200}  # as the model's fields


def draft(
    question: str,
    answer: str,
    documents: Collection[UUID],
    label: str,
    call_id: UUID,
    who: str,
    via: str,
) -> Playbook:
    """The call's playbook: made now as a draft, or as it is since it was made.

    Texts are cut to what fits, documents deleted since left out; `label` is the highest of
    what went into the prompt. Raises ValidationError when one of the texts is empty.
    """
    if (made := _made_from(call_id)) is not None:
        return made
    texts = {"task": _plain(question), "steps": _plain(answer)}
    if empty := [name for name, text in texts.items() if not text.strip()]:
        raise ValidationError({n: ["The call left no text for it."] for n in empty})
    row = Playbook(
        title=_title(texts["task"], label),
        **{name: text[: _LONGEST[name]] for name, text in texts.items()},
        label=label,
        owner=who[:100] if who.isprintable() else "",
        from_call=call_id,
    )
    cited = stored_documents().filter(pk__in=set(documents)).values_list("pk", flat=True)
    try:
        with transaction.atomic():
            reason = f"made from the call {call_id}"
            return writing.save(writing.Filled(row, list(cited)), who=who, via=via, reason=reason)
    except IntegrityError:
        # Promoted twice at once: the first one's is the draft. Or a document went just now.
        if (made := _made_from(call_id)) is None:
            raise
        return made


def _made_from(call_id: UUID) -> Playbook | None:
    found: Playbook | None = Playbook.objects.filter(from_call=call_id).first()
    return found


def _title(question: str, label: str) -> str:
    """The first line, unlike the titles of all that reach no higher than this one."""
    line = next(line for line in question.splitlines() if line.strip())
    line = " ".join("".join(c if c.isprintable() else " " for c in line).split()) or "Untitled"
    longest = _LONGEST["title"]
    base = line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
    seen = Playbook.objects.up_to(rank(label))
    title, number = base, 1
    while seen.filter(title=title).exists():
        number += 1
        tail = f" ({number})"
        title = f"{base[: longest - len(tail)]}{tail}"
    return title


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
