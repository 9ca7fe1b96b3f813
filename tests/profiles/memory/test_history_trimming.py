"""Trimming: whole exchanges, the newest, within the caps, tool calls with their results."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from profiles.memory.tokens import estimate
from profiles.memory.trimming import Exchange, History, overlap, trimmed
from providers.messages import (
    Audio,
    Image,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from tests.profiles.memory.talk import asked, exchange, pair, result, said

quick = settings(max_examples=60, deadline=None)
IDS = ("a", "b", "c")
ids = st.lists(st.sampled_from(IDS), max_size=3, unique=True)
words = st.sampled_from(["", "x", "yy", "zzz zzz zzz"])
turns = st.one_of(
    st.builds(asked, words),
    st.builds(lambda text, calls: said(text, *calls), words, ids),
    st.builds(lambda calls: result(*calls), ids.filter(bool)),
)
exchanges = st.lists(
    st.builds(
        lambda inside, rank: exchange(*inside, rank=rank),
        st.lists(turns, min_size=1, max_size=4),
        st.integers(0, 3),
    ),
    max_size=8,
).map(lambda found: [_numbered(each, str(place)) for place, each in enumerate(found)])


def cut(
    stored: Sequence[Exchange],
    incoming: Sequence[Turn] = (asked("now"),),
    most_exchanges: int = 20,
    most_tokens: int = 8000,
    limit: int = 3,
) -> History:
    return trimmed(
        stored, incoming, most_exchanges=most_exchanges, most_tokens=most_tokens, limit=limit
    )


def open_calls(turns: Sequence[Turn]) -> set[str] | None:
    """Those without results at the end; None where upstreams would refuse the turns.

    After calls come all their results, at once, and no result elsewhere.
    """
    waiting: set[str] = set()
    for turn in turns:
        found = [part.call_id for part in turn.parts if isinstance(part, ToolResult)]
        if (waiting and not found) or not waiting.issuperset(found):
            return None
        waiting -= set(found)
        waiting |= {part.id for part in turn.parts if isinstance(part, ToolCall)}
    return waiting


@quick
@given(exchanges, st.integers(0, 6), st.integers(0, 12), st.integers(0, 3))
def test_the_caps_and_the_limit_hold_and_calls_keep_their_results(
    stored: list[Exchange], most: int, tokens: int, limit: int
) -> None:
    found = cut(stored, (asked("now"),), most, tokens, limit)
    assert open_calls(found.turns) == set()
    assert estimate(found.turns) <= tokens
    owners = [each for each in stored if each.label_rank <= limit]
    taken = [each for each in owners if each.turns[0] in found.turns]
    assert found.turns == tuple(turn for each in taken for turn in each.turns)
    assert len(taken) <= most
    assert found.dropped == len(owners) - len(taken)
    assert found.label_rank <= limit


@quick
@given(exchanges, ids)
def test_calls_left_open_are_recalled_only_before_all_their_results(
    stored: list[Exchange], answered: list[str]
) -> None:
    incoming = [*map(result, answered), asked("now")]
    before = cut(stored, incoming).turns
    left = open_calls(before)
    assert left is not None and left <= set(answered)


@quick
@given(exchanges)
def test_more_room_only_adds_older_ones(stored: list[Exchange]) -> None:
    found = [cut(stored, most_exchanges=most).turns for most in range(len(stored) + 1)]
    for less, more in pairwise(found):
        assert less == more[len(more) - len(less) :]


@quick
@given(exchanges, exchanges)
def test_the_overlap_is_the_longest_that_fits(stored: list[Exchange], sent: list[Exchange]) -> None:
    before = [_plain(turn) for each in stored for turn in each.turns]
    incoming = [_plain(turn) for each in sent for turn in each.turns]
    most = min(len(before), len(incoming))
    fits = [n for n in range(most + 1) if before[len(before) - n :] == incoming[:n]]
    assert overlap(stored, incoming) == max(fits)


@pytest.mark.parametrize(
    ("stored", "incoming", "recalled"),
    [
        ([(asked("q"), said("", "a"), result("a"), said("x"))], [asked("n")], 4),
        ([(asked("q"), said("", "a"))], [asked("n")], 0),
        ([(asked("q"), said("", "a"))], [result("a")], 2),
        ([(asked("q"), said("", "a", "b"))], [result("a"), result("b")], 2),
        ([(asked("q"), said("", "a", "b"))], [result("a"), asked("n")], 0),
        ([(asked("q"), said("", "a")), (result("a"), said("x"))], [asked("n")], 4),
        ([(asked("q"), said("", "a")), pair(1), (result("a"), said("x"))], [asked("n")], 2),
        ([(result("a"), said("x")), pair(1)], [asked("n")], 2),
        ([(result("a"), said("x", "b")), (result("b"), said("y")), pair(1)], [asked("n")], 2),
        ([(asked("q"), said("", "a")), (result("a"), said("", "b"))], [result("b")], 4),
        ([(asked("q"), said("", "a")), (result("a"), said("", "b"))], [asked("n")], 0),
        # One id for two calls, as some upstreams count anew in every answer.
        ([(asked("q"), said("", "a"), result("a"), said("", "a"))], [result("a")], 4),
        ([(asked("q"), said("", "a"), result("a"), result("a"))], [asked("n")], 0),
    ],
)
def test_a_call_is_never_without_its_results(
    stored: list[tuple[Turn, ...]], incoming: list[Turn], recalled: int
) -> None:
    assert len(cut([exchange(*each) for each in stored], incoming).turns) == recalled


def test_exchanges_linked_by_calls_go_out_together() -> None:
    chain = [
        exchange(asked("q"), said("", "a")),
        exchange(result("a"), said("", "b")),
        exchange(result("b"), said("x")),
    ]
    stored = [exchange(*pair(0)), *chain, exchange(*pair(1))]
    assert cut(stored, most_exchanges=3).turns == pair(1)
    assert len(cut(stored, most_exchanges=4).turns) == 8


def test_an_exchange_too_large_hides_the_older_ones() -> None:
    stored = [exchange(*pair(0)), exchange(asked("x" * 400), said("y")), exchange(*pair(1))]
    assert cut(stored, most_tokens=50).turns == pair(1)


def test_a_long_monotone_talk_is_compared_at_once() -> None:
    stored = [exchange(asked("a"), said("a"))] * 10_000
    assert overlap(stored, [*([asked("a")] * 20_000), said("b")]) == 0


def test_every_text_counts_for_a_quarter_of_its_characters() -> None:
    parts = (Text("1234"), Reasoning("12"), Refusal("12"), ToolCall("id", "f", "{}" * 2))
    turns = (Turn("assistant", parts), result("id", text="1234"))
    silent = Turn("user", (Image(url="https://x/y"), Audio("audio/wav", b"123")))
    assert estimate((*turns, silent)) == 4
    assert estimate([asked("12345")]) == 2


def _numbered(given: Exchange, name: str) -> Exchange:
    return exchange(*(replace(turn, name=name) for turn in given.turns), rank=given.label_rank)


def _plain(turn: Turn) -> Turn:
    """Without empty texts, which say nothing."""
    return Turn(turn.role, tuple(part for part in turn.parts if part != Text("")))
