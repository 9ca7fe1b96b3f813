"""What a killed keeper or a power cut leaves: a server without keeper, or a false pid file."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def pid_file(data: Path) -> list[str]:
    """Lines of postmaster.pid: process id, data folder, …, port, socket folder, …, status."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def clear(data: Path) -> None:
    """Stop a server that lost its keeper; make a pid file that names a stranger harmless."""
    while lines := pid_file(data):
        pid = int(lines[0])
        if not is_alive(pid):
            return  # PostgreSQL sees that itself, and looks for orphaned backends first
        if not serves(pid, data):
            # PostgreSQL disregards its parent's id here, and still looks for orphans.
            (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
            return
        os.kill(pid, signal.SIGINT)
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def serves(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL on `data`, not a stranger with a reused number."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
        except OSError:
            return False
    ps = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return str(data) in subprocess.run(ps, capture_output=True, text=True, check=False).stdout  # noqa: S603
