"""A claim stands on the code, or one of three words says why it does not."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakehouse.audit.claims import Claim
from lakehouse.audit.grounding import Ground, Grounded, Grounding
from lakehouse.audit.source import Block, Source, whole

TEXT = """\
def load(path):
    handle = open(path)
    try:
        return handle.read()
    finally:
        handle.close()


def save(path, text):
    handle = open(path)
    handle.write(text)
"""
FILE = whole("app/store.py", TEXT)


def judged(quote: str, start: int, end: int = 0, path: str = "app/store.py") -> Grounded:
    claim = Claim(path, start, end or start, quote, "high", "it is wrong")
    return Ground({FILE.path: FILE, "b.py": whole("b.py", "x = 10\n")}).judge(claim)


@pytest.mark.parametrize(
    ("quote", "start", "end"),
    [
        ("return handle.read()", 4, 4),
        ("def load(path):\n    handle = open(path)", 1, 2),
        ("handle.write(  text  )", 11, 11),  # white space is not compared
        ("finally: handle.close()", 5, 6),  # nor are line ends
        ("   4| return handle.read()", 4, 4),  # with the number it was shown with
        ("```python\nreturn handle.read()\n```", 4, 4),
        ("`return handle.read()`", 4, 4),
        ("def load(path):\n...\n    finally:", 1, 5),  # lines left out
        ("def save(path, text):…", 9, 9),
    ],
)
def test_a_quote_that_is_there_is_grounded(quote: str, start: int, end: int) -> None:
    found = judged(quote, start, end)
    assert (found.verdict, found.start, found.end, found.note) == ("grounded", start, end, "")


def test_a_quote_at_other_lines_is_grounded_there_and_says_so() -> None:
    found = judged("return handle.read()", 9)
    assert (found.verdict, found.start) == ("grounded", 4)
    assert found.note == "Claimed at line 9; the quoted text is at line 4."


def test_of_several_places_the_nearest_to_the_claim_is_meant() -> None:
    assert judged("handle = open(path)", 10).start == 10
    moved = judged("handle = open(path)", 8)
    assert moved.start == 10
    assert "2 times" in moved.note


def test_a_claim_without_a_line_is_placed_by_its_quote() -> None:
    assert judged("handle.write(text)", 0).start == 11


def test_a_short_quote_counts_only_where_it_is_claimed() -> None:
    assert judged("try:", 3).verdict == "grounded"
    found = judged("try:", 9)
    assert (found.verdict, found.note) == (
        Grounding.QUOTE,
        "The quote is not at the claimed lines, and too short to be looked for elsewhere.",
    )


def test_a_quote_does_not_begin_or_end_inside_a_word() -> None:
    assert judged("x = 1", 1, path="b.py").verdict == Grounding.QUOTE


def test_an_invented_quote_is_not_found_and_the_nearest_line_is_shown() -> None:
    found = judged("return handle.readlines()", 4)
    assert (found.verdict, found.nearest_line) == (Grounding.QUOTE, 4)
    assert found.nearest == "return handle.read()"


def test_a_claim_that_quotes_nothing_is_not_found() -> None:
    found = judged("", 4)
    assert (found.verdict, found.note) == (
        Grounding.QUOTE,
        "It quotes nothing, so nothing shows what it is about.",
    )


def test_a_line_past_the_end_is_told_with_where_the_quote_is() -> None:
    found = judged("return handle.read()", 400)
    assert (found.verdict, found.start, found.nearest_line) == (Grounding.LINE, 400, 4)
    assert "The last line of app/store.py is 11." in found.note


def test_a_range_that_runs_past_the_end_is_past_it_unless_its_quote_is_there() -> None:
    assert judged("del everything_now()", 9, 40).verdict == Grounding.LINE
    assert judged("handle.write(text)", 9, 40).verdict == Grounding.GROUNDED


def test_an_unknown_file_is_not_found_and_the_nearest_name_is_told() -> None:
    found = judged("return handle.read()", 4, path="app/stores.py")
    assert found.verdict == Grounding.FILE
    assert found.note.endswith("The nearest name is app/store.py.")


@pytest.mark.parametrize("path", ["./app/store.py", "b/app/store.py", "store.py", "`app/store.py`"])
def test_a_path_is_known_by_its_end(path: str) -> None:
    found = judged("return handle.read()", 4, path=path)
    assert (found.verdict, found.path) == ("grounded", "app/store.py")


def test_of_a_diff_only_the_shown_lines_are_known() -> None:
    hunk = Source("a.py", (Block(40, ("value = compute()", "send(value)")),), whole=False)
    ground = Ground({"a.py": hunk})
    shown = ground.judge(Claim("a.py", 41, 41, "send(value)", "low", "c"))
    hidden = ground.judge(Claim("a.py", 10, 10, "import socket", "low", "c"))
    past = ground.judge(Claim("a.py", 60, 60, "import socket", "low", "c"))
    verdicts = (shown.verdict, hidden.verdict, past.verdict)
    assert verdicts == (Grounding.GROUNDED, Grounding.QUOTE, Grounding.LINE)


@given(st.data())
def test_any_whole_lines_of_a_file_are_grounded_where_they_are(data: st.DataObject) -> None:
    lines = TEXT.splitlines()
    start = data.draw(st.integers(1, len(lines)))
    end = data.draw(st.integers(start, len(lines)))
    quote = "\n".join(lines[start - 1 : end])
    if len("".join(quote.split())) >= 8:
        found = judged(quote, start, end)
        assert found.verdict == Grounding.GROUNDED
        assert start <= found.start <= found.end <= end


def test_a_text_that_is_everywhere_is_not_looked_for_without_end() -> None:
    same = whole("a.py", "\n".join(["a" * 9_000] * 40))
    ground, began = Ground({"a.py": same}), time.process_time()
    assert ground.judge(Claim("a.py", 1, 1, "a" * 20, "low", "c")).verdict == Grounding.QUOTE
    dots = "a" * 9_000 + "\n...\nabsent_text"
    assert ground.judge(Claim("a.py", 1, 1, dots, "low", "c")).verdict == Grounding.QUOTE
    assert time.process_time() - began < 2


@settings(max_examples=30)
@given(st.text(max_size=80), st.integers(0, 30), st.integers(0, 30))
def test_no_claim_breaks_it(quote: str, start: int, end: int) -> None:
    assert judged(quote, start, end).verdict in Grounding
