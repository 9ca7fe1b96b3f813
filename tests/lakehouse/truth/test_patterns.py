"""Patterns: found the same however a text is cut up, held back no longer than they must be."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lakehouse.truth.pattern import BadPattern, Wanted, pattern, value
from lakehouse.truth.problems import Undecided
from lakehouse.truth.scrubbing import Scrubber, scrubbed

REPEATS = ["", "", "", "?", "{2}", "{0,3}", "{1,3}+", "{0,2}?"]


PLAIN = st.builds(
    "{}{}".format, st.sampled_from(["a", "b", "-", "[ab]", "[^a]", r"\w"]), st.sampled_from(REPEATS)
)


def within(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    atom = st.one_of(
        inner,
        st.builds("({}){}".format, inner, st.sampled_from(REPEATS)),
        st.builds("{}{})".format, st.sampled_from(["(?=", "(?!"]), inner),
        st.sampled_from(["(?<=a)", "(?<!-)", r"\b"]),
    )
    sequence = st.lists(atom, min_size=1, max_size=3).map("".join)
    return st.lists(sequence, min_size=1, max_size=2).map("|".join)


def patterns() -> st.SearchStrategy[str]:
    return st.recursive(PLAIN, within, max_leaves=8)


@given(patterns(), st.text("ab-", max_size=14), st.lists(st.integers(1, 4), max_size=14))
@settings(max_examples=150)
def test_a_text_in_pieces_is_scrubbed_as_the_whole(
    written: str, text: str, sizes: list[int]
) -> None:
    try:
        wanted = Wanted([pattern(written)])
    except BadPattern:
        assume(False)
    scrubber, out, at = Scrubber(wanted, "#"), "", 0
    for size in sizes:
        out += scrubber.feed(text[at : at + size])
        at += size
    out += scrubber.feed(text[at:]) + scrubber.finish()
    assert out == scrubbed(wanted, text, "#") == re.sub(written, "#", text)


def test_what_cannot_become_a_match_is_let_go_at_once() -> None:
    wanted = Wanted([pattern(r"(?<![a-z])sk-[a-z]{3,8}+"), value("secret")])
    scrubber = Scrubber(wanted, "#")
    said = ["I a", "sk- you, s", "k", "-", "abc", " and se", "cr", "et", "s"]
    assert [scrubber.feed(piece) for piece in said] == [
        *("I a", "sk- you, ", "", "", "", "# and ", "", "", "#"),
    ]
    assert scrubber.finish() == "s"


def test_only_the_part_called_secret_is_taken_out() -> None:
    wanted = Wanted([pattern(r"user:(?P<secret>[a-z]{1,9})@"), pattern(r"pw=(?P<secret>\d{1,9}+)")])
    assert scrubbed(wanted, "user:ana@host pw=12", "#") == "user:#@host pw=#"


def test_a_long_text_is_found_through_as_a_short_one_is() -> None:
    wanted = Wanted([pattern(r"\bsk-[a-z]{3,8}+")])
    text = ("x" * 4093 + " sk-abcdef ") * 9
    assert scrubbed(wanted, text, "#") == re.sub(r"\bsk-[a-z]{3,8}+", "#", text)


def test_what_takes_too_long_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lakehouse.truth.pattern.SECONDS", 0.0)
    wanted = Wanted([pattern("[a-z]{9}!")])
    with pytest.raises(Undecided, match="took longer"):
        wanted.is_in("x" * 100_000)


@pytest.mark.parametrize(
    "written",
    ["(?:a{1,30}){1,30}!", "[a-z]{1,99}[a-z]{1,99}!", "(?:a|ab|b){1,20}!", "(?:a?){1,40}b"],
)
def test_what_may_backtrack_for_long_is_refused(written: str) -> None:
    with pytest.raises(BadPattern, match="steps for each character"):
        pattern(written)


def test_a_pattern_that_is_taken_is_fast_on_the_worst_of_texts() -> None:
    key = r"-----BEGIN KEY-----(?:[^-]{1,64}+|-(?!----)){1,125}+-----END"
    wanted = Wanted([pattern(key)])
    assert not wanted.is_in("-----BEGIN KEY-----" * 5_000)
