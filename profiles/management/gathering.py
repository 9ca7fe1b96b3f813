"""The files of a command line that are to be ingested, each with its source.

A source is the folder's name and the path within it: `docs/guide/a.md`, whether the
folder was given as `docs`, `./docs`, or `/srv/docs`. So it says nothing of the machine,
and another run from another place finds the same document. A file given by itself has
the name of the folder it lies in before its own.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from django.core.management.base import CommandError

from profiles.retrieval.media import by_ending
from providers.suggest import shown

HIDDEN = "hidden"
OTHER_TYPE = "of another type"
OUTSIDE = "linked from outside"
UNMATCHED = "not matched by --glob"


class File(NamedTuple):
    path: Path
    source: str


class Gathered(NamedTuple):
    """`skipped` counts by reason; a hidden folder is one."""

    files: list[File]
    skipped: Counter[str]


def gather(paths: Iterable[Path], glob: str | None = None, name: str | None = None) -> Gathered:
    """In the order of their paths. `name` stands for the folders'. Raises CommandError."""
    skipped: Counter[str] = Counter()
    found: dict[str, File] = {}
    for path in paths:
        for file in _files(path, glob, name, skipped):
            before = found.setdefault(file.source, file)
            if not before.path.samefile(file.path):
                raise CommandError(
                    f"{shown(before.path)} and {shown(file.path)} would be one document, "
                    f"{shown(file.source)}. Ingest them one by one, each with a name of its own: "
                    "--as NAME. Nothing was changed."
                )
    return Gathered(list(found.values()), skipped)


def _files(path: Path, glob: str | None, name: str | None, skipped: Counter[str]) -> Iterator[File]:
    whole = path.resolve()
    if whole.is_dir():
        yield from _within(path, whole, glob, name or whole.name, skipped)
    elif whole.is_file():
        folder = name or path.absolute().parent.resolve().name
        yield File(path, f"{folder}/{path.name}".lstrip("/"))
    else:
        raise CommandError(f"{shown(path)} is no file or folder. Nothing was changed.")


def _within(
    top: Path, whole: Path, glob: str | None, name: str, skipped: Counter[str]
) -> Iterator[File]:
    for folder, folders, names in os.walk(top):
        folders.sort()
        for each in [each for each in folders if each.startswith(".")]:
            skipped[HIDDEN] += 1
            folders.remove(each)
        for each in sorted(names):
            path = Path(folder, each)
            within = path.relative_to(top)
            if reason := _skipped(path, within, whole, glob):
                skipped[reason] += 1
            else:
                yield File(path, f"{name}/{within.as_posix()}".lstrip("/"))


def _skipped(path: Path, within: Path, whole: Path, glob: str | None) -> str:
    """Why, "" when it is not."""
    if path.name.startswith("."):
        return HIDDEN
    if glob and not (fnmatch(path.name, glob) or fnmatch(within.as_posix(), glob)):
        return UNMATCHED
    if path.is_symlink() and not path.resolve().is_relative_to(whole):
        return OUTSIDE
    if by_ending(path.name) is None or not path.is_file():
        return OTHER_TYPE
    return ""
