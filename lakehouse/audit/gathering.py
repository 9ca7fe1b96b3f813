"""What is audited: a range, a diff or paths become files with their text at one revision.

What cannot be read as code is listed with why. Secrets are taken out here, so that
nothing behind this place ever holds them.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from lakehouse.audit import diffs
from lakehouse.audit.git import GitError, Repository
from lakehouse.audit.source import Block, Source, Uncovered, whole
from lakehouse.audit.withholding import is_file_of_secrets, without_secrets
from providers.suggest import shown

MOST_BYTES = 400_000  # of one file
MOST_LINE = 10_000  # characters
MOST_FILES = 2_000
_LONGEST_PATH = 500
MOST_TOGETHER = 32 * 1024 * 1024  # characters of all files
_RANGE = re.compile(r"(?P<before>[^\s]*?)(?P<dots>\.\.\.?)(?P<after>[^\s.][^\s]*|)")
_GENERATED = re.compile(
    r"(?i)(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|go\.sum|pnpm-lock\.yaml|.*\.lock"
    r"|.*\.min\.(?:js|css)|.*\.(?:map|svg))$"
)


class CannotGather(ValueError):
    """What was asked for cannot be audited; the text says why and what to give."""


class Gathered(msgspec.Struct, frozen=True):
    """`scope` and `revision` are for people. `sources` hold no secrets any more."""

    kind: str
    scope: str
    revision: str
    sources: list[Source]
    uncovered: list[Uncovered]


def of_diff(raw: bytes, name: str) -> Gathered:
    """The new side of a unified diff. Raises CannotGather."""
    if len(raw) > MOST_TOGETHER:
        raise CannotGather(f"The diff has more than {MOST_TOGETHER:,} bytes. Split it.")
    try:
        text = raw.decode("utf-8-sig")
        if "\0" in text:
            raise CannotGather("The diff holds NUL bytes. Give it in UTF-8.")
        found, uncovered = diffs.parse(text)
    except UnicodeDecodeError as error:
        text = f"The diff is not UTF-8: byte {error.start} is no part of a character."
        raise CannotGather(text) from None
    except diffs.NoDiff as error:
        raise CannotGather(str(error)) from None
    gathering = _Gathering(uncovered)
    for source in found:
        gathering.add_hunks(source)
    return gathering.gathered("diff", shown(name) or "a diff", "")


def of_range(repository: Repository, told: str) -> Gathered:
    """The files that a range changed, whole, as its end has them. Raises CannotGather."""
    match = _RANGE.fullmatch(told)
    if match is None:
        raise CannotGather(f'"{shown(told)}" is no range. Write A..B, like HEAD~3..HEAD.')
    try:
        after = repository.commit(match["after"] or "HEAD")
        before = repository.commit(match["before"] or "HEAD")
        if match["dots"] == "...":
            before = repository.merge_base(before, after)
        tree, gathering = repository.tree(after), _Gathering([])
        for path in repository.changed(before, after):
            entry = tree.get(path)
            if entry is None:
                gathering.leave(path, "It is gone at that revision.")
            elif not entry.regular:
                gathering.leave(path, "It is a link or a submodule.")
            elif gathering.wants(path, entry.size):
                changed = repository.changed_lines(before, after, path)
                gathering.add(path, repository.blob(entry.blob), changed)
    except GitError as error:
        raise CannotGather(str(error)) from None
    return gathering.gathered("range", told, after)


def of_paths(repository: Repository, paths: Iterable[Path]) -> Gathered:
    """Files and folders as they lie in the working tree now. Raises CannotGather."""
    root = repository.root.resolve()
    asked = [_within(root, path) for path in paths]
    try:
        names, head = repository.files(asked), _head(repository)
    except GitError as error:
        raise CannotGather(str(error)) from None
    gathering = _Gathering([])
    for name in names:
        path = root / name
        if path.is_symlink() or not path.resolve().is_relative_to(root):
            gathering.leave(name, "It is a link.")
        elif not path.is_file():
            gathering.leave(name, "It is no file that can be read.")
        elif gathering.wants(name, path.stat().st_size):
            try:
                with path.open("rb") as opened:
                    gathering.add(name, opened.read(MOST_BYTES + 1))
            except OSError as error:
                gathering.leave(name, f"It cannot be read: {error.strerror}.")
    return gathering.gathered("paths", ", ".join(asked), f"{head}, with the working tree's changes")


class _Gathering:
    def __init__(self, uncovered: list[Uncovered]) -> None:
        self._sources: list[Source] = []
        self._uncovered: list[Uncovered] = []
        self._size = 0
        for each in uncovered:
            self.leave(each.path, each.why)

    def leave(self, path: str, why: str) -> None:
        self._uncovered.append(Uncovered(_plain(path)[:_LONGEST_PATH], why))

    def wants(self, path: str, size: int = 0) -> bool:
        """Notes why not."""
        if "\ufffd" in path or not path.isprintable() or len(path) > _LONGEST_PATH:
            why = "Its name is too long, or no text that can be shown."
        elif is_file_of_secrets(path):
            why = "It is a file of secrets, which do not leave."
        elif _GENERATED.search(path):
            why = "It is generated, or a lock file."
        elif size > MOST_BYTES:
            why = f"It has {size:,} bytes; {MOST_BYTES:,} are the most."
        elif not size:
            why = "It is empty."
        else:
            return True
        self.leave(path, why)
        return False

    def add(self, path: str, raw: bytes, changed: tuple[tuple[int, int], ...] = ()) -> None:
        if len(raw) > MOST_BYTES:
            self.leave(path, f"It has more than {MOST_BYTES:,} bytes.")
            return
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.leave(path, "It is binary, or not UTF-8.")
            return
        if "\0" in text:
            self.leave(path, "It is binary.")
            return
        text, taken = without_secrets(path, text)
        self._take(whole(path, text, changed), taken)

    def add_hunks(self, source: Source) -> None:
        if not self.wants(source.path, sum(len(line) for _, line in source.numbered()) or 1):
            return
        blocks, taken = [], 0
        for block in source.blocks:
            text, count = without_secrets(source.path, "\n".join(block.lines))
            blocks.append(Block(block.start, tuple(text.split("\n"))))
            taken += count
        if not blocks:
            self.leave(source.path, "The diff only takes lines away from it.")
            return
        self._take(msgspec.structs.replace(source, blocks=tuple(blocks)), taken)

    def _take(self, source: Source, taken: int) -> None:
        lengths = [len(line) for _, line in source.numbered()]
        if max(lengths, default=0) > MOST_LINE:
            self.leave(source.path, f"It has a line of more than {MOST_LINE:,} characters.")
            return
        if taken:
            lines = "1 line looks" if taken == 1 else f"{taken} lines look"
            self.leave(source.path, f"{lines} like a secret: that part was not sent.")
        self._size += sum(lengths)
        self._sources.append(source)
        if len(self._sources) > MOST_FILES or self._size > MOST_TOGETHER:
            raise CannotGather(
                f"It is more than {MOST_FILES:,} files or {MOST_TOGETHER:,} characters. Audit a "
                "part of it."
            )

    def gathered(self, kind: str, scope: str, revision: str) -> Gathered:
        if not self._sources:
            reasons = "; ".join(f"{each.path}: {each.why}" for each in self._uncovered[:5])
            raise CannotGather(f"There is nothing to audit. {reasons}".strip())
        return Gathered(kind, _plain(scope)[:500], revision, self._sources, self._uncovered)


def _within(root: Path, path: Path) -> str:
    whole_path = path.resolve()
    if not whole_path.is_relative_to(root):
        raise CannotGather(f"{shown(path)} is outside of the repository {root}.")
    if not whole_path.exists():
        raise CannotGather(f"There is no {shown(path)}.")
    return whole_path.relative_to(root).as_posix()


def _head(repository: Repository) -> str:
    try:
        return repository.commit("HEAD")
    except GitError:
        return "no commit yet"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
