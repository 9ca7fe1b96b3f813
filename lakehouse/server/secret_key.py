"""The secret key's file: made once, kept, and refused when others can read it."""

import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BYTES = 48  # 64 characters; Django's own check asks for 50


def read(path: Path) -> str:
    """The key in `path`, "" when there is no such file. Raises ImproperlyConfigured."""
    try:
        mode = path.stat().st_mode
        key = path.read_text().strip()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key's file cannot be read: {error}.") from error
    if mode & 0o077:
        raise ImproperlyConfigured(
            f"The secret key's file {path} can be read by others (mode {mode & 0o777:04o}). "
            f"Run: chmod 600 {path}; if others use this machine, delete it, and sign in again."
        )
    return key


def ensure(path: Path) -> str:
    """The key in `path`, made first if there is none; two processes at once end with the same."""
    if key := read(path):
        return key
    path.parent.mkdir(parents=True, exist_ok=True)
    fd, fresh = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 0600
    with os.fdopen(fd, "w") as file:
        file.write(secrets.token_urlsafe(BYTES) + "\n")
    try:
        os.link(fresh, path)
    except FileExistsError:
        return ensure(path)  # another process was faster
    finally:
        Path(fresh).unlink()
    return read(path)
