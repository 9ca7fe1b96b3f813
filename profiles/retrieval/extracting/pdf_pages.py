"""A program of its own: a PDF on its input, its pages' texts as JSON on its output.

Arguments: the most bytes of memory, seconds of computing, pages and characters. It
imports nothing of ours. What goes wrong is told by name, never in the reader's words,
which repeat the file's content.
"""

import io
import json
import logging
import resource
import sys
from typing import Any


def read(raw: bytes, most_pages: int, most_characters: int) -> dict[str, Any]:
    """`pages`, or the `problem`: encrypted, broken, pages or characters. Raises MemoryError."""
    from pypdf import PdfReader

    logging.disable()
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not _opened(reader):
            return {"problem": "encrypted"}
        if len(reader.pages) > most_pages:
            return {"problem": "pages"}
        pages: list[str] = []
        size = 0
        for page in reader.pages:
            pages.append(page.extract_text())
            size += len(pages[-1])
            if size > most_characters:
                return {"problem": "characters"}
    except MemoryError:
        raise
    except Exception:  # whatever a broken file makes of the reader
        return {"problem": "broken"}
    return {"pages": pages}


def _opened(reader: Any) -> bool:
    """Many files can be read by anyone, and are encrypted to forbid printing."""
    try:
        return bool(reader.decrypt(""))
    except Exception:  # a cipher for which we have no package
        return False


if __name__ == "__main__":
    memory, seconds, pages, characters = map(int, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    json.dump(read(sys.stdin.buffer.read(), pages, characters), sys.stdout)
