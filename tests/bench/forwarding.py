"""`python -m tests.bench.forwarding [--quick] [--json]`: what forwarding traces costs a call.

The same calls with no observer profile that forwards, then to a collector that takes
everything, with and without content, and to one that hangs. The collector is a process of
its own; CPU is the gateway process's, its sending thread included.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import uvloop
from rich.console import Console
from rich.table import Table

from tests.bench.__main__ import PATH, ROOT, Row, cpu, free_port, running
from tests.bench.load import Caller, together

CONNECTIONS = 64
ROUNDS = 7
SINKS = ("none", "takes all", "takes all, with content", "hangs", "answers 429")


@contextmanager
def collector(how: str) -> Iterator[int]:
    """Its port. The process ends with the block."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.collector", str(port), how], cwd=ROOT
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def forwards(env: dict[str, str], *, content: bool) -> None:
    """Makes an observer profile that forwards live."""
    program = (
        "import django; django.setup()\n"
        "from tests.profiles.making import activated, profile\n"
        f"activated(profile('observer', 'watch', langfuse=True, langfuse_content={content}))\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, check=True)


def traces(port: int) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        found: dict[str, int] = json.load(answer)["traces"]
        return found


async def measured(port: int, server: psutil.Process, key: str, calls: int) -> tuple[float, ...]:
    """CPU in ms a call at many connections; p50 and p99 in ms at one, of 200 calls.

    The latter are the medians of some rounds: whatever else the machine does is in single ones.
    """
    callers = [Caller(port, PATH, key, "bench/fast", stream=False) for _ in range(CONNECTIONS)]
    await together(callers, 20)
    before = cpu(server)
    tally, _ = await together(callers, calls // CONNECTIONS)
    time.sleep(1.5)  # what waits is sent, and counted
    spent = (cpu(server) - before) / tally.complete * 1000
    one = [Caller(port, PATH, key, "bench/fast", stream=False)]
    await together(one, 50)
    rounds = [(await together(one, 200))[0] for _ in range(ROUNDS)]
    at = [statistics.median(r.percentile(share) for r in rounds) * 1000 for share in (0.5, 0.99)]
    return spent, *at


def with_sink(how: str, calls: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="lh") as name, collector(how) as sink:
        folder = Path(name)
        folder.chmod(0o755)
        os.environ["LAKEHOUSE_OTLP_ENDPOINT"] = f"http://127.0.0.1:{sink}/v1/traces"
        os.environ["DJANGO_SETTINGS_MODULE"] = "lakehouse.settings"
        with running(folder, limited=False) as (_, port, server, key):
            if how != "none":
                env = os.environ | {
                    "LAKEHOUSE_VAR": str(folder / "var"),
                    "LAKEHOUSE_PROVIDERS": str(folder / "providers.toml"),
                    "DJANGO_SECRET_KEY": "only-for-this-benchmark-" * 4,
                    "PYTHONWARNINGS": "",
                }
                env.pop("DATABASE_URL", None)
                forwards(env, content="content" in how)
                time.sleep(1.5)
            spent, p50, p99 = uvloop.run(measured(port, server, key, calls))
            told = traces(port)
    return [
        (f"{how}: CPU per call, {CONNECTIONS} connections", f"{spent:.3f} ms", ""),
        (f"{how}: p50 / p99 of 200 calls, one connection", f"{p50:.2f} / {p99:.2f} ms", ""),
        (f"{how}: produced = sent + dropped + waiting", f"{_sum(told)}", "holds"),
    ]


def _sum(told: dict[str, int]) -> str:
    good = told["produced"] == told["sent"] + told["dropped"] + told["waiting"]
    numbers = " + ".join(str(told[name]) for name in ("sent", "dropped", "waiting"))
    return f"{told['produced']} {'=' if good else '≠'} {numbers}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the load")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = [row for how in SINKS for row in with_sink(how, 640 if arguments.quick else 6400)]
    if arguments.json:
        sys.stdout.write(json.dumps({name: value for name, value, _ in rows}) + "\n")
        return
    table = Table("Collector", "Measured", "Aim")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
