"""`python -m tests.bench [--quick] [--limited] [--json]`: the table of the README's "Figures".

Starts a fast fake upstream, a gateway process with its own embedded PostgreSQL in a
temporary folder, and drives both over loopback. CPU is the gateway process's own.
"""

import argparse
import asyncio
import json
import os
import socket
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

from tests.bench.load import Caller, together

ROOT = Path(__file__).resolve().parents[2]
PATH = "/v1/chat/completions"
LIMITS = ("--rpm", "10000000", "--tpm", "1000000000", "--budget", "1000000")
Row = tuple[str, str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} did not answer within 30 s")


def manage(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=env, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"manage.py {words[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def running(folder: Path, limited: bool) -> Iterator[tuple[int, int, psutil.Process, str]]:
    """The upstream's port, the gateway's port, its process, and a key."""
    upstream, port = free_port(), free_port()
    (folder / "providers.toml").write_text(
        '[providers.bench]\nkind = "openai_compatible"\nauth = "none"\n'
        f'base_url = "http://127.0.0.1:{upstream}/v1"\n'
    )
    env = os.environ | {
        "LAKEHOUSE_VAR": str(folder / "var"),
        "LAKEHOUSE_PROVIDERS": str(folder / "providers.toml"),
        "DJANGO_SECRET_KEY": "only-for-this-benchmark-" * 4,
        "PYTHONWARNINGS": "",
    }
    env.pop("DATABASE_URL", None)
    started = [
        subprocess.Popen([sys.executable, "-m", "tests.bench.upstream", str(upstream)], cwd=ROOT)
    ]
    try:
        manage(env, "migrate", "--verbosity", "0")
        manage(env, "sync_providers", "--apply")
        limits = LIMITS if limited else ()
        key = manage(env, "create_api_key", "bench", "--owner", "bench", "--quiet", *limits).strip()
        serve = [sys.executable, "manage.py", "serve", "--port", str(port)]
        started.append(subprocess.Popen(serve, cwd=ROOT, env=env))
        wait_until_ready(f"http://127.0.0.1:{port}/readyz")
        yield upstream, port, psutil.Process(started[1].pid), key
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(60)


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def whole_calls(port: int, server: psutil.Process, key: str, calls: int) -> list[Row]:
    callers = [Caller(port, PATH, key, "bench/fast", stream=False) for _ in range(64)]
    await together(callers, 20)
    before = cpu(server)
    tally, wall = await together(callers, calls // 64)
    spent = (cpu(server) - before) / tally.complete * 1000
    return [
        ("CPU per non-stream call, 64 connections", f"{spent:.3f} ms", "≤ 0.6 ms"),
        ("calls/s, one process, 64 connections", f"{tally.complete / wall:.0f}", ""),
        ("failed of them", f"{tally.failed}", "0"),
    ]


async def paced_chunks(port: int, server: psutil.Process, key: str, streams: int) -> list[Row]:
    callers = [Caller(port, PATH, key, "bench/chunks-200-20", stream=True) for _ in range(streams)]
    before = cpu(server)
    tally, _ = await together(callers, 1)
    spent = (cpu(server) - before) / tally.chunks * 1e6
    name = f"CPU per paced stream chunk, {streams} streams"
    return [(name, f"{spent:.0f} µs", "≤ 80 µs")]


async def slow_streams(port: int, server: psutil.Process, key: str, streams: int) -> list[Row]:
    base = server.memory_info().rss
    callers = [Caller(port, PATH, key, "bench/chunks-20-500", stream=True) for _ in range(streams)]
    running = asyncio.ensure_future(together(callers, 1))
    peak = base
    while not running.done():
        await asyncio.sleep(0.2)
        peak = max(peak, server.memory_info().rss)
    tally, _ = running.result()
    each = (peak - base) / streams / 1024
    return [
        ("slow streams at once, complete", f"{tally.complete} of {streams}", f"{streams}"),
        ("memory per open stream", f"{each:.0f} KB", "≤ 256 KB"),
    ]


async def added_latency(upstream: int, port: int, key: str, calls: int) -> list[Row]:
    direct, _ = await together([Caller(upstream, PATH, key, "fast", stream=False)], calls)
    through, _ = await together([Caller(port, PATH, key, "bench/fast", stream=False)], calls)
    rows: list[Row] = []
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        added = (through.percentile(share) - direct.percentile(share)) * 1000
        rows.append((f"added latency at 1 connection, {name}", f"{added:.2f} ms", ""))
    return rows


async def measure(
    upstream: int, port: int, server: psutil.Process, key: str, quick: bool
) -> list[Row]:
    scale = 10 if quick else 1
    rows = await added_latency(upstream, port, key, 1000 // scale)
    rows = await whole_calls(port, server, key, 12800 // scale) + rows
    rows += await paced_chunks(port, server, key, 100 // scale)
    return rows + await slow_streams(port, server, key, 1000 // scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the load")
    parser.add_argument("--limited", action="store_true", help="the key has limits, never reached")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lh") as folder:
        Path(folder).chmod(0o755)
        with running(Path(folder), arguments.limited) as (upstream, port, server, key):
            rows = uvloop.run(measure(upstream, port, server, key, arguments.quick))
    if arguments.json:
        sys.stdout.write(json.dumps({name: value for name, value, _ in rows}) + "\n")
        return
    table = Table("What", "Measured", "Aim")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
