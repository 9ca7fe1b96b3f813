"""Reading what a stranger may have made hostile: in a process of its own, within limits.

It has none of our environment, and imports nothing of ours: it is run by its file.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from profiles.retrieval.media import Unreadable

MOST_MEMORY = 1024**3
_MEMORY = "Reading it takes over 1 GiB of memory. Split it, or give its text."


def run(program: str, raw: bytes, secs: float, *limits: int) -> Any:
    """What the program of this folder says, as JSON. Raises Unreadable.

    Its arguments are bytes of memory, seconds of computing, and `limits`.
    """
    words = [MOST_MEMORY, max(1, int(secs)), *limits]
    try:
        done = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-I", "-W", "ignore"),
                *(str(Path(__file__).with_name(program)), *map(str, words)),
            ],
            input=raw,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=secs,
            env={},
        )
    except subprocess.TimeoutExpired:
        raise _too_long(secs) from None
    if done.returncode < 0:  # killed, for its computing
        raise _too_long(secs)
    if done.returncode:
        raise Unreadable(_MEMORY)
    return json.loads(done.stdout)


def _too_long(secs: float) -> Unreadable:
    return Unreadable(f"Reading it took over {secs:g} s. Split it, or give its text.")
