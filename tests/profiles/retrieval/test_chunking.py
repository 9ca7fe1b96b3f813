"""Cutting a document: by structure, then by size, and nothing of its text is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.retrieval.chunking import LONGEST_HEADING, OVERLAP, SIZE, Piece, pieces
from profiles.retrieval.extracting.block import Block

SENTENCE = "The quick brown fox jumps over the lazy dog. "
HEADINGS = st.builds(Block, st.text("HIJ \n", max_size=400), st.integers(1, 6))
BODIES = st.builds(Block, st.text("ab. \n\u3002é\U0001f40b", max_size=300))


def blackened(text: str) -> str:
    return "".join(text.split())


def test_short_paragraphs_share_a_piece_under_their_heading() -> None:
    found = pieces([Block("Whales", 1), Block("They sing."), Block("They dive.")])
    assert found == [Piece("They sing.\n\nThey dive.", "Whales")]


def test_a_heading_stands_with_those_above_it() -> None:
    blocks = [Block("A", 1), Block("B", 2), Block("b"), Block("C", 2), Block("c"), Block("D", 1)]
    found = [(piece.heading, piece.text) for piece in pieces(blocks)]
    assert found == [("A > B", "b"), ("A > C", "c"), ("", "D")]


def test_a_long_paragraph_is_cut_after_sentences_and_overlaps() -> None:
    first, second, *_ = pieces([Block(SENTENCE * 60)])
    assert first.text.endswith("dog.") and len(first.text) > SIZE // 2
    assert 0 < second.overlap <= OVERLAP + 2
    assert first.text.endswith(second.text[: second.overlap].strip())


def test_a_text_without_spaces_is_cut_by_size() -> None:
    found = pieces([Block("x" * 5000)])
    assert {len(piece.text) <= SIZE for piece in found} == {True}
    assert sum(len(piece.text) - piece.overlap for piece in found) == 5000


def test_code_and_tables_are_cut_after_lines() -> None:
    found = pieces([Block("\n".join(f"row {n} | {n * n}" for n in range(300)))])
    assert all(line.count("|") == 1 for piece in found for line in piece.text.split("\n")[1:])


def test_pieces_do_not_overlap_across_headings() -> None:
    found = pieces([Block("A", 1), Block(SENTENCE * 20), Block("B", 1), Block("b")])
    assert found[-1] == Piece("b", "B")


def test_headings_too_long_to_be_kept_whole_lose_those_above_them() -> None:
    blocks = [Block("A" * 200, 1), Block("a"), Block("B" * 200, 2), Block("b")]
    assert [piece.heading[:1] for piece in pieces(blocks)] == ["A", "B"]
    (only,) = pieces([Block("C" * (LONGEST_HEADING + 1), 1)])
    assert only.heading == ""


def test_there_is_no_piece_of_nothing() -> None:
    assert pieces([]) == pieces([Block(" \n "), Block("", 1)]) == []


@settings(max_examples=50)
@given(st.lists(HEADINGS | BODIES, max_size=8), st.integers(40, 200), st.integers(0, 15))
def test_nothing_of_the_text_is_lost(blocks: list[Block], size: int, overlap: int) -> None:
    found = pieces(blocks, size, overlap)
    fresh = blackened("".join(piece.text[piece.overlap :] for piece in found))
    bodies = blackened("".join(block.text for block in blocks if not block.level))
    assert fresh.translate(dict.fromkeys(map(ord, "HIJ"))) == bodies
    shown = [f"{piece.heading} {piece.text}" for piece in found]
    for block in blocks:
        heading = " ".join(block.text.split())
        if block.level and heading and len(heading) <= LONGEST_HEADING:
            assert any(heading in text for text in shown)


@settings(max_examples=50)
@given(st.lists(HEADINGS | BODIES, max_size=8), st.integers(40, 200), st.integers(0, 15))
def test_no_piece_is_blank_or_too_long(blocks: list[Block], size: int, overlap: int) -> None:
    for piece in pieces(blocks, size, overlap):
        assert piece.text.strip()
        assert len(piece.text) <= max(size, LONGEST_HEADING)
        assert len(piece.heading) <= LONGEST_HEADING
        assert piece.overlap < len(piece.text)
