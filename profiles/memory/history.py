"""The turns of a session that go before what a client says now."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, F, Q, Sum, Value, When, Window
from django.db.models.functions import RowNumber

from profiles.memory.policy import Memory
from profiles.memory.session import SessionTurn
from profiles.memory.storing import keep, read
from profiles.memory.trimming import Exchange, History, trimmed
from providers.messages import Turn

__all__ = ["History", "keep", "recall"]

# What a client sends again is looked for among so many stored exchanges, of so many tokens.
MOST_COMPARED = 1000
MOST_COMPARED_TOKENS = 2_000_000


def recall(key_id: int, name: str, policy: Memory, limit: int, incoming: Sequence[Turn]) -> History:
    """What the key's session of that name adds before `incoming`; one query.

    `limit` is the highest label rank that may go into the prompt.
    """
    rows = _newest(key_id, name, policy, limit, incoming)
    exchanges = [
        Exchange(turns, row.label_rank, row.tokens)
        for row in reversed(rows)
        if (turns := read(row))
    ]
    loaded = sum(each.label_rank <= limit for each in exchanges)
    return trimmed(
        exchanges,
        incoming,
        most_exchanges=policy.history_turns,
        most_tokens=policy.history_tokens,
        limit=limit,
        older=(rows[0].allowed or 0) - loaded if rows else 0,
    )


def _newest(
    key_id: int, name: str, policy: Memory, limit: int, incoming: Sequence[Turn]
) -> list[Any]:
    """Stored turns, newest first: all that could be recalled, or be what is sent again."""
    # Nobody who sends no answer sends what was said before.
    answers = [place for place, turn in enumerate(incoming, 1) if turn.role == "assistant"]
    again = min(max(answers, default=0), MOST_COMPARED)
    again_tokens = MOST_COMPARED_TOKENS if again else 0

    def so_far(amount: Any) -> Window:
        return Window(Sum(amount), order_by=F("id").desc())

    def if_allowed(amount: Any) -> Case:
        return Case(When(label_rank__lte=limit, then=amount), default=Value(0))

    numbered = SessionTurn.objects.filter(session__key_id=key_id, session__name=name).annotate(
        place=Window(RowNumber(), order_by=F("id").desc()),
        through=so_far(F("tokens")),
        allowed_place=so_far(if_allowed(Value(1))),
        allowed_through=so_far(if_allowed(F("tokens"))),
        allowed=Window(Sum(if_allowed(Value(1)))),
    )
    newest = Q(place=1)  # it tells how many there are
    compared = Q(place__lte=again, through__lte=again_tokens)
    recalled = Q(
        allowed_place__lte=policy.history_turns + again,
        allowed_through__lte=policy.history_tokens + again_tokens,
    )
    return list(numbered.filter(newest | compared | recalled).order_by("-id"))
