"""Asking git about a repository that may be anybody's: fixed arguments, no shell, limits.

Nothing that a repository's configuration names is run: no hooks, no external diff, no
file system monitor, no fetching of what a partial clone lacks. Who owns it is git's to
judge (`safe.directory`), and is not argued with.
"""

import os
import re
import subprocess
import threading
from pathlib import Path
from typing import IO, NamedTuple

SECONDS = 60.0
MOST_OUTPUT = 64 * 1024 * 1024
_FIXED = (
    *(
        "--no-pager",
        "--literal-pathspecs",
        "-c",
        "core.quotePath=off",
        "-c",
        "core.fsmonitor=false",
    ),
    *("-c", "core.hooksPath=/dev/null", "-c", "diff.external=", "-c", "protocol.allow=never"),
)
_REGULAR = ("100644", "100755")
_HUNK = re.compile(rb"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


class GitError(Exception):
    """What git could not do, and what to do about it."""


class Entry(NamedTuple):
    """A file of a tree; `size` is in bytes."""

    path: str
    blob: str
    size: int
    regular: bool


class Repository:
    def __init__(self, folder: Path) -> None:
        """The one that the folder is in. Raises GitError."""
        self.root = folder
        top = (
            self._git("rev-parse", "--show-toplevel").decode(errors="surrogateescape").rstrip("\n")
        )
        self.root = Path(top)

    def commit(self, revision: str) -> str:
        """The full name of a commit. Raises GitError."""
        try:
            told = self._git(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
            )
        except GitError as error:
            text = f'There is no commit "{revision[:80]}" in {self.root}. See git log.'
            raise GitError(text) from error
        return told.decode().strip()

    def merge_base(self, one: str, other: str) -> str:
        """Raises GitError."""
        return self._git("merge-base", one, other).decode().strip()

    def tree(self, commit: str) -> dict[str, Entry]:
        """Every file at a commit, by its path."""
        told = self._git("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
        found = {}
        for line in told.split(b"\0"):
            about, _, name = line.partition(b"\t")
            if name:
                mode, _, blob, size = about.decode().split()
                path = name.decode(errors="replace")
                found[path] = Entry(
                    path, blob, int(size) if size.isdigit() else 0, mode in _REGULAR
                )
        return found

    def changed(self, before: str, after: str) -> list[str]:
        """The paths that differ between two commits, those that are gone among them."""
        told = self._git("diff-tree", "-r", "--no-renames", "--name-only", "-z", before, after)
        return [name.decode(errors="replace") for name in told.split(b"\0") if name]

    def changed_lines(self, before: str, after: str, path: str) -> tuple[tuple[int, int], ...]:
        """The ranges of lines that `after` has new or otherwise in a file."""
        told = self._git(
            *("diff-tree", "-p", "-U0", "--no-color", "--no-ext-diff", "--no-textconv"),
            *("--no-renames", before, after, "--", path),
        )
        found = []
        for match in map(_HUNK.match, told.split(b"\n")):
            if match and (count := int(match[2] or 1)):
                found.append((int(match[1]), int(match[1]) + count - 1))
        return tuple(found)

    def blob(self, name: str) -> bytes:
        return self._git("cat-file", "blob", name)

    def files(self, paths: list[str]) -> list[str]:
        """What is in the working tree under these paths and not ignored, in order."""
        told = self._git(
            "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths
        )
        names = {name.decode(errors="replace") for name in told.split(b"\0") if name}
        return sorted(names)

    def _git(self, *arguments: str) -> bytes:
        """What git prints. Raises GitError."""
        command = ["git", "-C", str(self.root), *_FIXED, *arguments]
        try:
            # The command is `git`, of the operator's own PATH; what varies are arguments.
            process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
            )
        except FileNotFoundError:
            raise GitError("git is not installed here. Install it, or give a diff.") from None
        with process:
            return _told(process, arguments[0])


def _told(process: "subprocess.Popen[bytes]", verb: str) -> bytes:
    assert process.stdout
    assert process.stderr
    timer = threading.Timer(SECONDS, process.kill)
    timer.start()
    try:
        out, more = _read(process.stdout)
        if more:
            process.kill()
            raise GitError(f"git {verb} printed more than {MOST_OUTPUT:,} bytes. Ask for less.")
        said = process.stderr.read(10_000).decode(errors="replace").strip()
        code = process.wait()
    finally:
        timer.cancel()
    if code == 0:
        return out
    if code < 0:
        raise GitError(f"git {verb} did not end within {SECONDS:g} s. Ask for less.")
    if "dubious ownership" in said:
        raise GitError(
            "git does not trust this repository, because somebody else owns it. If you do: "
            "git config --global --add safe.directory FOLDER."
        )
    if "not a git repository" in said:
        raise GitError("This folder is in no git repository. Give --root FOLDER, or a diff.")
    raise GitError(f"git {verb} failed: {said.splitlines()[0][:300] if said else f'exit {code}'}")


def _read(stream: IO[bytes]) -> tuple[bytes, bool]:
    out = stream.read(MOST_OUTPUT + 1)
    return out[:MOST_OUTPUT], len(out) > MOST_OUTPUT


def _environment() -> dict[str, str]:
    """Ours without what would point git elsewhere or have it ask somebody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    fixed = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
    return kept | fixed | {"LC_ALL": "C"}
