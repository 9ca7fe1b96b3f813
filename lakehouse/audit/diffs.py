"""A unified diff as the lines of its new side: all that is known of the files. Pure."""

import re
from collections.abc import Iterator

from lakehouse.audit.source import Block, Source, Uncovered

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")
_MOST_DIGITS = 8  # of a line's number, or of how many there are
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", '"': '"', "\\": "\\"}


class NoDiff(ValueError):
    """The text is no unified diff; the message says what to give."""


def parse(text: str) -> tuple[list[Source], list[Uncovered]]:
    """One source a file, in order; deleted and binary files are not covered. Raises NoDiff."""
    reader = _Reader(text.split("\n"))
    reader.read()
    if not reader.files and not reader.uncovered:
        raise NoDiff("It holds no hunk of a unified diff. Give what git diff prints.")
    sources = [
        Source(path, tuple(file.blocks), False, tuple(file.changed))
        for path, file in reader.files.items()
    ]
    return sources, reader.uncovered


class _File:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.changed: list[tuple[int, int]] = []


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.files: dict[str, _File] = {}
        self.uncovered: list[Uncovered] = []
        self._lines = lines
        self._at = 0

    def read(self) -> None:
        old = path = header = ""
        while self._at < len(self._lines):
            line = self._lines[self._at].removesuffix("\r")
            self._at += 1
            if line.startswith("diff --git "):
                header, path, old = line.removeprefix("diff --git "), "", ""
            elif line.startswith("--- "):
                old = _path(line[4:])
            elif line.startswith("+++ "):
                path = _path(line[4:])
                if not path and old:
                    self.uncovered.append(Uncovered(old, "The diff deletes it."))
            elif line.startswith(("Binary files ", "GIT binary patch")):
                name = header.rpartition(" b/")[2] or line
                self.uncovered.append(Uncovered(name, "It is binary."))
            elif (match := _HUNK.match(line)) and _too_far(match):
                raise NoDiff(f"Line {self._at}: no file has so many lines.")
            elif match and path:
                self._hunk(self.files.setdefault(path, _File()), match)
            elif match and not old:
                raise NoDiff(f"Line {self._at}: a hunk without the name of its file before it.")
            elif match:
                self._hunk(_File(), match)

    def _hunk(self, file: _File, match: re.Match[str]) -> None:
        old_left, start, new_left = int(match[1] or 1), int(match[2]), int(match[3] or 1)
        lines: list[str] = []
        added: list[int] = []
        while (old_left > 0 or new_left > 0) and self._at < len(self._lines):
            line = self._lines[self._at].removesuffix("\r")
            sign = line[:1] or " "
            if sign not in " +-\\":
                raise NoDiff(f"Line {self._at + 1}: the hunk before it is shorter than it says.")
            self._at += 1
            if sign in " +":
                if sign == "+":
                    added.append(start + len(lines))
                lines.append(line[1:])
                new_left -= 1
            if sign in " -":
                old_left -= 1
        if lines:
            file.blocks.append(Block(start, tuple(lines)))
        file.changed.extend(ranges(added))


def _too_far(match: re.Match[str]) -> bool:
    return any(len(number) > _MOST_DIGITS for number in match.groups(""))


def ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as ranges of those that follow each other."""
    begin = last = 0
    for number in numbers:
        if begin and number == last + 1:
            last = number
            continue
        if begin:
            yield begin, last
        begin = last = number
    if begin:
        yield begin, last


def _path(told: str) -> str:
    """A name as a diff's header has it; "" for /dev/null."""
    name = told.split("\t")[0].rstrip()
    if name.startswith('"') and name.endswith('"'):
        raw = _ESCAPE.sub(_unescaped, name[1:-1])
        name = raw.encode("latin-1", "replace").decode("utf-8", "replace")
    if name == "/dev/null":
        return ""
    return name[2:] if name[:2] in ("a/", "b/", "i/", "w/", "c/") else name


def _unescaped(match: re.Match[str]) -> str:
    told = match[1]
    return chr(int(told, 8) & 0xFF) if len(told) == 3 else _LETTERS.get(told, told)
