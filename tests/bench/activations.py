"""`python -m tests.bench.activations [--quick] [--json]`: racing activations over two workers.

50 threads, each with a profile of its own, ask 20 times each as fast as their
activations end; two `manage.py worker` processes run them, over an embedded PostgreSQL
with its disk writes on. Meanwhile what is live is looked at all the time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.__main__ import ROOT, Row, manage

THREADS, ROUNDS, WORKERS = 50, 20, 2
ENDED_SECS = 90


@contextmanager
def house(folder: Path) -> Iterator[None]:
    """A migrated database, two workers on it, and Django set up to use it here."""
    (folder / "providers.toml").write_text(
        '[providers.echo]\nkind = "echo"\ndefault_model = "echo"\n'
    )
    os.environ |= {
        "LAKEHOUSE_VAR": str(folder / "var"),
        "LAKEHOUSE_PROVIDERS": str(folder / "providers.toml"),
        "LAKEHOUSE_POOL": str(THREADS + 4),
        "DJANGO_SECRET_KEY": "only-for-this-benchmark-" * 4,
        "DJANGO_SETTINGS_MODULE": "lakehouse.settings",
        "PYTHONWARNINGS": "",
    }
    os.environ.pop("DATABASE_URL", None)
    env = dict(os.environ)
    manage(env, "migrate", "--verbosity", "0")
    manage(env, "sync_providers", "--apply")
    command = [sys.executable, "manage.py", "worker"]
    quiet = subprocess.DEVNULL
    started = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=quiet, stderr=quiet)
        for _ in range(WORKERS)
    ]
    try:
        import django

        django.setup()
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


class Race:
    """What the threads ask for, and what is seen of it."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds
        self.over = threading.Event()
        self.asked: list[str] = []
        self.asking_ms: list[float] = []
        self.errors: Counter[str] = Counter()
        self.live: Counter[int] = Counter()
        self._ended: set[str] = set()
        self._start = threading.Barrier(THREADS)

    def run(self) -> float:
        """Seconds that it took."""
        from profiles.models import ExecutionProfile

        for number in range(THREADS):
            ExecutionProfile.objects.create(name=f"p{number}", provider_id="echo")
        watching = [threading.Thread(target=self._see), threading.Thread(target=self._follow)]
        for thread in watching:
            thread.start()
        started = time.monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self._thread, range(THREADS)))
        took = time.monotonic() - started
        self.over.set()
        for thread in watching:
            thread.join()
        return took

    def _thread(self, number: int) -> None:
        from django.db import connection

        try:
            connection.ensure_connection()
            self._start.wait()
            for _ in range(self.rounds):
                self._ask(f"p{number}")
        finally:
            connection.close()

    def _ask(self, name: str) -> None:
        from profiles.activation.activate import request

        started = time.monotonic()
        try:
            pk = str(request("execution", name, who=name, via="command").pk)
        except Exception as error:
            self.errors[f"{type(error).__name__}: {error.__cause__!r}"] += 1
            return
        self.asking_ms.append((time.monotonic() - started) * 1000)
        self.asked.append(pk)
        until = time.monotonic() + ENDED_SECS
        while pk not in self._ended and time.monotonic() < until:
            time.sleep(0.02)

    def _see(self) -> None:
        """Counts the live profiles in one statement, again and again once there is one."""
        from django.db import connection

        from profiles.models import ExecutionProfile

        while not self.over.wait(0.005):
            count = ExecutionProfile.objects.live().count()
            if count or self.live:
                self.live[count] += 1
        connection.close()

    def _follow(self) -> None:
        from django.db import connection

        from profiles.activation.model import OPEN, Activation

        while not self.over.wait(0.05):
            asked = {pk for pk in list(self.asked) if pk not in self._ended}
            rows = Activation.objects.filter(state__in=OPEN).values_list("pk", flat=True)
            self._ended |= asked - {str(pk) for pk in rows}
        connection.close()


def rows_of(race: Race, took: float) -> list[Row]:
    from django.db import connection

    from profiles.activation.model import Activation, Anchor
    from profiles.models import ExecutionProfile

    wanted = THREADS * race.rounds
    states = Counter(Activation.objects.values_list("state", flat=True))
    accounted = states["succeeded"] + states["superseded"]
    flips = sorted(ms for ms in Activation.objects.values_list("flip_ms", flat=True) if ms)
    newest = Activation.objects.order_by("number").last()
    assert newest is not None
    right = (
        Anchor.objects.get(kind="execution").newest == newest.number
        and ExecutionProfile.objects.live().get().name == newest.profile
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        (deadlocks,) = cursor.fetchone()
    double = sum(seen for count, seen in race.live.items() if count > 1)
    asking = sorted(race.asking_ms)
    return [
        ("activations asked for", f"{len(race.asked)} of {wanted}", f"{wanted}"),
        ("errors seen by those who asked", f"{dict(race.errors) or 0}", "0"),
        ("lost (neither live nor superseded)", f"{wanted - accounted}", "0"),
        ("  went live / superseded", f"{states['succeeded']} / {states['superseded']}", ""),
        ("looks at what is live", f"{sum(race.live.values())}", ""),
        ("  two live at once", f"{double}", "0"),
        ("  none live", f"{race.live[0]}", "0"),
        ("the newest request is live at the end", "yes" if right else "NO", "yes"),
        ("deadlocks in PostgreSQL", f"{deadlocks}", "0"),
        ("flip, its locks included, p50", f"{at(flips, 0.5):.1f} ms", ""),
        ("flip, its locks included, p99", f"{at(flips, 0.99):.1f} ms", "≤ 250 ms"),
        ("flip, the longest", f"{flips[-1]:.1f} ms", ""),
        ("asking, p50 / p99", f"{at(asking, 0.5):.1f} / {at(asking, 0.99):.1f} ms", ""),
        ("activations/s", f"{wanted / took:.0f}", ""),
    ]


def at(values: list[float], share: float) -> float:
    return values[min(int(len(values) * share), len(values) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 rounds in place of 20")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lh") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with house(folder):
            race = Race(2 if arguments.quick else ROUNDS)
            rows = rows_of(race, race.run())
    if arguments.json:
        sys.stdout.write(json.dumps({name: value for name, value, _ in rows}) + "\n")
        return
    table = Table("What", "Measured", "Aim")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
