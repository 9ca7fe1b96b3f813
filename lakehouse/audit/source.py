"""One file as it is audited: the lines that are known of it, with their numbers. Pure."""

from collections.abc import Iterator

import msgspec


class Block(msgspec.Struct, frozen=True):
    """Lines that follow each other; `start` is the number of the first."""

    start: int
    lines: tuple[str, ...]

    @property
    def end(self) -> int:
        return self.start + len(self.lines) - 1


class Source(msgspec.Struct, frozen=True):
    """`whole` is False where only a diff's hunks are known. `changed` are line ranges."""

    path: str
    blocks: tuple[Block, ...]
    whole: bool = True
    changed: tuple[tuple[int, int], ...] = ()

    @property
    def last(self) -> int:
        """The number of the last line that is known, 0 for an empty file."""
        return max((block.end for block in self.blocks), default=0)

    def numbered(self) -> Iterator[tuple[int, str]]:
        for block in self.blocks:
            yield from enumerate(block.lines, block.start)

    def at(self, start: int, end: int) -> list[str]:
        """The known lines of a range, both ends included."""
        return [line for number, line in self.numbered() if start <= number <= end]


class Uncovered(msgspec.Struct, frozen=True):
    """What was not audited, or not whole, and why."""

    path: str
    why: str


def lines_of(text: str) -> tuple[str, ...]:
    """As git and editors count them: only a line feed ends one."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return tuple(line.removesuffix("\r") for line in lines)


def whole(path: str, text: str, changed: tuple[tuple[int, int], ...] = ()) -> Source:
    return Source(path, (Block(1, lines_of(text)),), True, changed)
