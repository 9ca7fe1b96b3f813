"""A text file written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write(path: Path, text: str) -> bool:
    """False when the file has these bytes already, and is not touched. Raises OSError."""
    new = text.encode()
    if path.exists() and path.read_bytes() == new:
        return False
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return True
