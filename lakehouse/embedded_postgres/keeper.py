"""The server's parent: starts PostgreSQL, and stops it when its last user has gone.

`python -m lakehouse.embedded_postgres.keeper`, run by `server.Server` with the standard
library alone, so that it stays small and outlives its caller. Arguments: root, folder of
programs, socket folder, file descriptor of the start lock (held until the server is
ready), "durable" or "fast". Exits 0 once the server is ready and a daemon keeps it; else
says why on stderr.
"""

import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from lakehouse.embedded_postgres.cluster import Cluster, Problem, Process

READY = "ready"
LOG_BYTES = 1 << 20


class Woken(Exception):
    """The server died, or someone asked the keeper to stop."""


def main(root: str, binaries: str, socket_dir: str, start_lock: str, mode: str) -> int:
    ours, theirs = os.pipe()
    if os.fork() == 0:
        os.close(ours)
        detach(Path(root) / "log")
        kept = lock(Path(root) / "keeper.lock")
        fcntl.flock(kept, fcntl.LOCK_EX)
        try:
            cluster = Cluster(Path(root), Path(binaries), Path(socket_dir), mode == "durable")
            server = cluster.start()
        except (Problem, OSError, KeyError) as problem:
            os.close(kept)
            os.write(theirs, str(problem).encode())
            return 1
        os.write(theirs, READY.encode())
        os.close(theirs)
        os.close(int(start_lock))
        wait_for_the_last(server, lock(Path(root) / "users.lock"))
        cluster.stop(server)
        os.close(kept)  # before the users' lock, at exit: who gets that must find no keeper
        return 0
    os.close(theirs)
    with os.fdopen(ours) as report:
        said = report.read()
    if said == READY:
        return 0
    sys.stderr.write(said or "its keeper died while starting it.")
    return 1


def wait_for_the_last(server: Process, users: int) -> None:
    """Sleep until nobody holds the users' lock, the server died or a SIGTERM came."""

    def wake(*_: object) -> NoReturn:
        raise Woken

    try:
        signal.signal(signal.SIGCHLD, wake)
        signal.signal(signal.SIGTERM, wake)
        if server.poll() is None:
            fcntl.flock(users, fcntl.LOCK_EX)
    except Woken:
        pass
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def detach(log: Path) -> None:
    """Leave the caller's session, folder and terminal; write to the log instead."""
    os.setsid()
    os.chdir("/")
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if log.exists() and log.stat().st_size > LOG_BYTES:
        flags |= os.O_TRUNC
    output = os.open(log, flags, 0o600)
    for standard, fd in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(fd, standard)


def lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
