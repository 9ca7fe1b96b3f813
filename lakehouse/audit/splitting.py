"""A file cut into pieces that fit the model's window; pieces of one file overlap. Pure."""

from collections.abc import Iterator

from lakehouse.audit.source import Block, Source

SAFE_WINDOW = 16_384  # tokens, where the provider's list does not say
# Of a window: what instructions and the answer need. Models find less in very long texts.
_KEPT_TOKENS = 6_000
_CHARS_A_TOKEN = 2.5  # code has more tokens than prose
MOST_CHARS = 80_000
LEAST_CHARS = 4_000
OVERLAP = 15  # lines
_NUMBER_CHARS = 9  # that a shown line has besides its text


def budget(window: int | None) -> int:
    """Characters of numbered code that one ask may hold, from a window in tokens."""
    room = ((window or SAFE_WINDOW) - _KEPT_TOKENS) * _CHARS_A_TOKEN
    return int(max(LEAST_CHARS, min(room, MOST_CHARS)))


def pieces(source: Source, most: int) -> list[Source]:
    """In order; one alone when it fits. No line is cut: one above `most` is a piece itself."""
    if sum(_cost(line) for _, line in source.numbered()) <= most:
        return [source]
    found: list[list[Block]] = [[]]
    used = 0
    for block in source.blocks:
        for part in _parts(block, most):
            cost = sum(map(_cost, part.lines))
            if found[-1] and used + cost > most:
                found.append([])
                used = 0
            found[-1].append(part)
            used += cost
    return [Source(source.path, tuple(blocks), False, source.changed) for blocks in found if blocks]


def halves(piece: Source) -> list[Source]:
    """Two that overlap a little, for a piece that did not fit after all; one line is one."""
    lines = list(piece.numbered())
    if len(lines) < 2:
        return [piece]
    middle, more = len(lines) // 2, min(OVERLAP // 2, len(lines) // 8)
    return [
        Source(piece.path, tuple(_blocks(part)), False, piece.changed)
        for part in (lines[: middle + more], lines[middle - more :])
    ]


def _blocks(lines: list[tuple[int, str]]) -> Iterator[Block]:
    """Numbered lines as blocks of those that follow each other."""
    begin = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or lines[at][0] != lines[at - 1][0] + 1:
            yield Block(lines[begin][0], tuple(line for _, line in lines[begin:at]))
            begin = at


def _parts(block: Block, most: int) -> Iterator[Block]:
    begin = 0
    while begin < len(block.lines):
        end, used = begin, 0
        while end < len(block.lines) and (end == begin or used + _cost(block.lines[end]) <= most):
            used += _cost(block.lines[end])
            end += 1
        yield Block(block.start + begin, block.lines[begin:end])
        if end == len(block.lines):
            return
        begin = max(begin + 1, end - OVERLAP)


def _cost(line: str) -> int:
    return len(line) + _NUMBER_CHARS
