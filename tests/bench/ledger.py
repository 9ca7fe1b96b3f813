"""`python -m tests.bench.ledger [--calls 1000000] [--json]`: the list of calls at a million rows.

Fills an embedded PostgreSQL with a month of calls, and asks for the list and for each of its
filters through the admin's page and by REST, in this process: what a person waits for but for
the network. Then a day is rolled up, usage is asked for, and a batch of calls is forgotten.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.__main__ import Row, manage

KEYS, ROUNDS, AIM_MS = 20, 9, 200
# 30 days up to now; 5 % went wrong, 1 % is slow, one in 50,000 runs, one in 400 has a session.
FILL = """
INSERT INTO gateway_call (
    id, operation, api_key_id, instance, started_at, finished_at, outcome, status, stream,
    model_asked, provider, model, revisions, profile, attempts_made, finish_reason, dropped,
    input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost,
    first_token_ms, total_ms, error_kind, error_message, session, fingerprint)
SELECT gen_random_uuid(), CASE WHEN n %% 1000 = 7 THEN 'embeddings' ELSE 'chat' END,
    1 + n %% %(keys)s, '00000000-0000-0000-0000-000000000001', at,
    CASE WHEN running THEN NULL ELSE at + interval '1 second' END,
    CASE WHEN running THEN 'running' WHEN NOT broken THEN 'complete'
        WHEN n %% 60 = 0 THEN 'incomplete' ELSE 'failed' END,
    CASE WHEN running THEN NULL WHEN NOT broken THEN 200 WHEN n %% 2000 = 0 THEN 429 ELSE 502 END,
    n %% 2 = 0, 'live', 'provider-' || n %% 5, 'model-' || n %% 12, '{"execution": "fast@3"}',
    'profile-' || n %% 8, 1, 'stop', '[]', 100 + n %% 900, 0, 0, n %% 400, 0, 0.0001 * (n %% 50),
    100 + n %% 700, CASE WHEN running THEN NULL WHEN n %% 100 = 3 THEN 12000 + n %% 9000
        ELSE 200 + n %% 3000 END,
    CASE WHEN NOT broken THEN '' WHEN n %% 20000 = 0 THEN 'rare' ELSE 'upstream_error' END,
    CASE WHEN broken THEN 'the upstream said no' ELSE '' END,
    CASE WHEN n %% 400 = 1 THEN 'session-' || n %% 5000 ELSE '' END,
    CASE WHEN broken THEN 'v1-' || n %% 300 ELSE '' END
FROM (
    SELECT n, now() - (30.0 * n / %(calls)s) * interval '1 day' AS at,
        n %% 20 = 0 AS broken, n %% 50000 = 49 AS running
    FROM generate_series(1, %(calls)s) AS n
) AS numbered;
"""
TRIES = """
INSERT INTO gateway_attempt (call_id, number, provider, model, started_at, outcome, accepted,
    upstream_id, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
    reasoning_tokens, total_ms, error_kind, error_message)
SELECT id, 1, provider, model, started_at, outcome, true, '', input_tokens, 0, 0, output_tokens,
    0, total_ms, error_kind, error_message
FROM gateway_call;
"""
FILTERS = {
    "everything": "",
    "failed today": "trouble=failed_today",
    "failed": "trouble=failed",
    "slow": "trouble=slow",
    "running": "trouble=running",
    "by key": "api_key=7",
    "by a key without calls": "api_key=999",
    "by provider": "provider=provider-3",
    "by a provider without calls": "provider=nobody",
    "by profile": "profile=profile-2",
    "by model": "model=model-4",
    "by a model without calls": "model=none",
    "by cluster": "fingerprint=v1-20",
    "by session": "session=session-401",
    "by a session without calls": "session=none",
    "by a rare error": "error_kind=rare",
    "by an error without calls": "error_kind=none",
    "slow of one key": "trouble=slow&api_key=4",
    "failed of one provider": "trouble=failed&provider=provider-0",
}
OF_REST = {
    "by a rare status": "status=429",
    "by a status without calls": "status=418",
    "by a rare operation": "operation=embeddings",
    "longer than anything": "total_ms__gte=999999",
    "of one day": "started_at__gte=2000-01-01T00:00:00Z&started_at__lt=2000-01-02T00:00:00Z",
}
OF_ADMIN = {"by an id": "q={id}", "by what is no id": "q=nothing", "its last page": "p=40"}


@contextmanager
def house(folder: Path) -> Iterator[None]:
    """A migrated database, and Django set up to use it here."""
    os.environ |= {
        "LAKEHOUSE_VAR": str(folder / "var"),
        "LAKEHOUSE_PROVIDERS": str(folder / "providers.toml"),
        "DJANGO_SECRET_KEY": "only-for-this-benchmark-" * 4,
        "DJANGO_SETTINGS_MODULE": "lakehouse.settings",
        "LAKEHOUSE_HOSTS": "testserver",
        "PYTHONWARNINGS": "",
    }
    os.environ.pop("DATABASE_URL", None)
    (folder / "providers.toml").write_text(
        "\n".join(f'[providers.provider-{n}]\nkind = "echo"\n' for n in range(5))
    )
    manage(dict(os.environ), "migrate", "--verbosity", "0")
    manage(dict(os.environ), "sync_providers", "--apply")
    import django

    django.setup()
    yield


def fill(calls: int) -> None:
    from django.db import connection

    from lakehouse.gateway.models import ApiKey

    for n in range(KEYS):
        ApiKey.objects.issue(f"program-{n}", "bench")
    with connection.cursor() as cursor:
        # Without looking for the call of each try: it is there.
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        cursor.execute(FILL, {"calls": calls, "keys": KEYS})
        cursor.execute(TRIES)
        # What autovacuum does soon after.
        cursor.execute("VACUUM (ANALYZE) gateway_call, gateway_attempt")
        cursor.execute("RESET statement_timeout; RESET session_replication_role")


def timed(act: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of each round, shortest first; one before is not counted."""
    act()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def lists() -> Iterator[Row]:
    from django.contrib.auth.models import User
    from django.test import Client

    from lakehouse.gateway.models import Call

    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    newest = str(Call.objects.values_list("pk", flat=True)[0])

    def getting(path: str) -> Callable[[], None]:
        def get() -> None:
            answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status_code, answer.content[:500])

        return get

    places = {
        "admin": ("/admin/gateway/call/", FILTERS | OF_ADMIN),
        "REST": ("/api/v1/calls/", FILTERS | OF_REST),
    }
    for place, (path, filters) in places.items():
        for name, query in filters.items():
            address = f"{path}?{query.format(id=newest)}" if query else path
            yield measured(f"{place}: {name}", timed(getting(address)), AIM_MS)
    yield measured(
        "admin: one call's page",
        timed(getting(f"{places['admin'][0]}{newest}/change/")),
        AIM_MS,
    )
    yield measured("REST: one call", timed(getting(f"{places['REST'][0]}{newest}/")), AIM_MS)
    usage = "/api/v1/usage/?by=day,provider,model"
    yield measured("usage of 30 days, none rolled up", timed(getting(usage), 1))
    yield from rolled_up()
    yield measured("usage of 30 days, rolled up", timed(getting(usage)))
    page = "/admin/observing/rollup/"
    for query in ("", "?by=model", "?range=24h", "?range=365d&by=key"):
        yield measured(f"page of usage {query}", timed(getting(page + query)))


def rolled_up() -> Iterator[Row]:
    from django.db import connection

    from lakehouse.observing import retention, rollups

    began = time.perf_counter()
    days = rollups.roll_up()
    took = time.perf_counter() - began
    yield (f"{days} days rolled up, each", f"{took / max(days, 1) * 1000:.0f} ms", "")
    batches = timed(lambda: retention.forget_batch(28), 4)
    yield measured(f"{retention.BATCH} calls forgotten", batches)
    rollups.roll_up()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_indexes_size('gateway_call'))")
        yield ("indexes of the calls", cursor.fetchone()[0], "")


def measured(name: str, times: list[float], aim: int = 0) -> Row:
    p50, p95 = statistics.median(times), times[min(int(len(times) * 0.95), len(times) - 1)]
    return (name, f"{p50:.0f} / {p95:.0f} ms", f"≤ {aim} ms" if aim else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lh") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with house(folder):
            began = time.perf_counter()
            fill(arguments.calls)
            filled = ("filling", f"{time.perf_counter() - began:.0f} s", "")
            rows = [(f"{arguments.calls:,} calls", "p50 / p95", ""), filled, *lists()]
            from django.db import connections

            connections.close_all()
    if arguments.json:
        sys.stdout.write(json.dumps({name: value for name, value, _ in rows}) + "\n")
        return
    table = Table("What", "Measured", "Aim")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
