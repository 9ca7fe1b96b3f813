"""Keeping what was said: one row an exchange, in the order in which calls end."""

import logging
from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from profiles.memory.session import Session, SessionTurn
from profiles.memory.storable import storable
from profiles.memory.tokens import estimate
from providers.messages import Turn

logger = logging.getLogger(__name__)


def keep(
    key_id: int, name: str, call_id: UUID, turns: Sequence[Turn], *, label_rank: int, model: str
) -> None:
    """Stores an exchange under the key's session of that name, which its first use makes.

    `turns` are what the client said anew and the answer; `label_rank` is the highest label of
    what the prompt held. Two that end at once wait for each other: the upsert locks the
    session's row until the exchange is in, so that ids rise as exchanges become visible.
    """
    if not turns:
        return
    stored = storable(turns)
    with transaction.atomic():
        (session,) = Session.objects.bulk_create(
            [Session(key_id=key_id, name=name, used=timezone.now())],
            update_conflicts=True,
            update_fields=["used"],
            unique_fields=["key_id", "name"],
        )
        SessionTurn.objects.create(
            session=session,
            call_id=call_id,
            messages=msgspec.to_builtins(stored),
            tokens=estimate(stored),
            label_rank=label_rank,
            model=model[:300],
        )


def read(turn: SessionTurn) -> tuple[Turn, ...]:
    """The turns as they were stored; none where this version cannot read what another wrote."""
    try:
        return msgspec.convert(turn.messages, tuple[Turn, ...])
    except msgspec.ValidationError:
        logger.warning("the stored turn %s cannot be read, so it is not recalled", turn.pk)
        return ()
