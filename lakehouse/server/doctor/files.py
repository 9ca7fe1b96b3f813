"""Folders and files: there, ours, private where they must be, and room to grow."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from lakehouse.server.doctor.finding import Finding, State

AREA = "files"
LITTLE, TOO_LITTLE = 2**30, 100 * 2**20  # bytes free


def look() -> Iterator[Finding]:
    yield _var(settings.VAR_DIR)
    yield _room(settings.VAR_DIR)
    yield _readable(settings.PROVIDERS_FILE, "Make it, or name another in LAKEHOUSE_PROVIDERS.")
    yield _private(settings.ENV_FILE)
    yield _private(settings.SECRET_KEY_FILE)
    yield _private(settings.SECRETS_FILE)
    for file in _env_files(settings.SECRETS_DIR):
        yield _private(file)


def _var(folder: Path) -> Finding:
    first = next(f for f in (folder, *folder.parents) if f.exists())
    if os.access(first, os.W_OK | os.X_OK):
        return Finding(AREA, str(folder), State.OK, "can be written")
    remedy = f"chown {folder} to the user Lakehouse runs as, or set LAKEHOUSE_VAR."
    return Finding(AREA, str(folder), State.PROBLEM, f"{first} cannot be written", remedy)


def _room(folder: Path) -> Finding:
    first = next(f for f in (folder, *folder.parents) if f.exists())
    free = shutil.disk_usage(first).free
    name, detail = f"disk of {folder}", f"{free / 2**30:.1f} GiB free"
    if free >= LITTLE:
        return Finding(AREA, name, State.OK, detail)
    state = State.PROBLEM if free < TOO_LITTLE else State.NOTE
    return Finding(AREA, name, state, detail, "Make room, or move LAKEHOUSE_VAR to another disk.")


def _readable(file: Path, remedy: str) -> Finding:
    if os.access(file, os.R_OK):
        return Finding(AREA, str(file), State.OK, "there")
    detail = "cannot be read" if file.exists() else "is missing"
    return Finding(AREA, str(file), State.PROBLEM, detail, remedy)


def _private(file: Path) -> Finding:
    """A file that may hold secrets: it need not exist, and is ours alone when it does."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return Finding(AREA, str(file), State.OK, "not there, and need not be")
    except OSError as error:
        remedy = "Let the user Lakehouse runs as read it."
        return Finding(AREA, str(file), State.PROBLEM, str(error.strerror), remedy)
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        detail = f"others can use it (mode {mode:04o})"
        return Finding(AREA, str(file), State.PROBLEM, detail, f"Run: chmod 600 {file}")
    return Finding(AREA, str(file), State.OK, f"private (mode {mode:04o})")


def _env_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.env"))
    except OSError:
        return []
