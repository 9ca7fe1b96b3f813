"""How much of a conversation is recalled. Pure: values in, values out.

Whole exchanges, the newest first, within two caps; what the client sends again is not
recalled beside it; and a tool call never goes without its results, nor a result without its
call. Exchanges that are linked by tool calls are therefore recalled together or not at all.
"""

from collections.abc import Hashable, Iterable, Sequence

import msgspec

from profiles.memory.likeness import likeness
from profiles.memory.tokens import estimate
from providers.messages import ToolCall, ToolResult, Turn


class Exchange(msgspec.Struct, frozen=True):
    """One completed call: what was said anew, and the answer."""

    turns: tuple[Turn, ...]
    label_rank: int = 0
    tokens: int = 0


class History(msgspec.Struct, frozen=True):
    """What goes before the turns that came in, oldest first.

    `label_rank` is the highest of what was recalled. `dropped` counts the exchanges that the
    caller may see and did not get. The first `repeated` turns that came in are stored already,
    under labels up to `repeated_rank`.
    """

    turns: tuple[Turn, ...] = ()
    label_rank: int = 0
    dropped: int = 0
    repeated: int = 0
    repeated_rank: int = 0


def trimmed(
    exchanges: Sequence[Exchange],
    incoming: Sequence[Turn],
    *,
    most_exchanges: int,
    most_tokens: int,
    limit: int,
    older: int = 0,
) -> History:
    """`exchanges` are the stored ones, oldest first; `older` more were not even read.

    Those whose `label_rank` is above `limit` are compared with what came in, and nothing else.
    """
    again = overlap(exchanges, incoming)
    rest, repeated = _without_last(exchanges, again)
    allowed = [each for each in rest if each.label_rank <= limit]
    kept: list[Exchange] = []
    left = most_tokens
    for group in reversed(_whole_groups(allowed, incoming)):
        left -= sum(each.tokens for each in group)
        if left < 0 or len(kept) + len(group) > most_exchanges:
            break
        kept[:0] = group
    return History(
        turns=tuple(turn for each in kept for turn in each.turns),
        label_rank=_highest(kept),
        dropped=older + len(allowed) - len(kept),
        repeated=again,
        repeated_rank=_highest(repeated),
    )


def overlap(exchanges: Iterable[Exchange], incoming: Sequence[Turn]) -> int:
    """How many of the first turns that came in are the last ones stored: the most that fit."""
    if not incoming:
        return 0
    stored = [turn for each in exchanges for turn in each.turns][-len(incoming) :]
    marks: list[Hashable] = [*map(likeness, incoming), None, *map(likeness, stored)]
    # The prefix function of Knuth, Morris and Pratt: the time it takes does not explode.
    borders = [0] * len(marks)
    for place in range(1, len(marks)):
        length = borders[place - 1]
        while length and marks[place] != marks[length]:
            length = borders[length - 1]
        borders[place] = length + (marks[place] == marks[length])
    return borders[-1] if stored else 0


def _without_last(
    exchanges: Sequence[Exchange], turns: int
) -> tuple[list[Exchange], list[Exchange]]:
    """The exchanges without their last turns, and those that had them."""
    rest, cut = list(exchanges), []
    while turns:
        last = rest.pop()
        cut.append(last)
        if turns < len(last.turns):
            start = last.turns[:-turns]
            rest.append(Exchange(start, last.label_rank, estimate(start)))
        turns -= min(turns, len(last.turns))
    return rest, cut


def _whole_groups(exchanges: Sequence[Exchange], incoming: Sequence[Turn]) -> list[list[Exchange]]:
    """Exchanges linked by tool calls, together; those with a call or result alone left out.

    Results must follow their calls at once, as every upstream demands.
    """
    groups: list[list[Exchange]] = []
    waiting: set[str] = set()  # calls of the last group without results so far
    whole = True

    def close() -> None:
        if groups and (waiting or not whole):
            groups.pop()
        waiting.clear()

    for exchange in exchanges:
        if waiting and _results(exchange.turns[0]):
            groups[-1].append(exchange)
        else:
            close()
            groups.append([exchange])
            whole = True
        for turn in exchange.turns:
            whole &= _settle(turn, waiting)
    for turn in incoming:
        if not (waiting and _results(turn)):
            break
        _settle(turn, waiting)
    close()
    return groups


def _settle(turn: Turn, waiting: set[str]) -> bool:
    """Takes the turn's results and calls into account; whether they fit what went before."""
    results = _results(turn)
    fits = waiting.issuperset(results) and len(set(results)) == len(results)
    waiting.difference_update(results)
    if not results and waiting:
        fits = False
        waiting.clear()
    waiting.update(part.id for part in turn.parts if isinstance(part, ToolCall))
    return fits


def _results(turn: Turn) -> list[str]:
    return [part.call_id for part in turn.parts if isinstance(part, ToolResult)]


def _highest(exchanges: Iterable[Exchange]) -> int:
    return max((each.label_rank for each in exchanges), default=0)
