"""A gateway with profiles and ladders, written straight into its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from tests.serving import Gateway, gateway, registry
from tests.upstreams.openai import OpenAIServer

SETTINGS = {
    "LAKEHOUSE_BREAKER_FAILURES": "3",
    "LAKEHOUSE_BREAKER_SECS": "0.4",
    "LAKEHOUSE_STREAM_COMMIT_SECS": "0.5",
}
MORE = """
[providers.echo]
kind = "echo"

[providers.refusing]
kind = "echo"
options = { fail = "content_filter" }

[providers.limited]
kind = "echo"
options = { fail = "rate_limit" }

[providers.gated]
kind = "echo"
unattended = false

[providers.off]
kind = "echo"
enabled = false
"""
# One for each test that needs one: their breakers are never closed again.
FAILING = [f"failing-{number}" for number in range(20)]
MORE += "".join(
    f'\n[providers.{name}]\nkind = "echo"\noptions = {{ fail = "server" }}\n' for name in FAILING
)


@contextmanager
def governed_gateway(folder: Path, first: OpenAIServer, second: OpenAIServer) -> Iterator[Gateway]:
    providers = registry({"openai_compatible-a": first, "openai_compatible-b": second}, MORE)
    with gateway(folder, providers, settings=SETTINGS) as made:
        yield made


def ladder(served: Gateway, name: str, *rungs: dict[str, Any], deadline: float = 30) -> str:
    """A ladder whose rungs are columns; live in the process once this returns."""
    served.rows(
        "DELETE FROM profiles_rung WHERE ladder_id IN "
        "(SELECT id FROM profiles_ladder WHERE name = %s)",
        name,
    )
    found = served.rows(
        "INSERT INTO profiles_ladder (name, description, owner, deadline_secs, created, updated) "
        "VALUES (%s, '', '', %s, now(), now()) "
        "ON CONFLICT (name) DO UPDATE SET deadline_secs = EXCLUDED.deadline_secs RETURNING id",
        name,
        deadline,
    )
    for position, rung in enumerate(rungs, start=1):
        columns = {"model": "", "parameters": {}, "on_errors": [], "on_answers": []} | rung
        columns["parameters"] = Jsonb(columns["parameters"])
        columns |= {"ladder_id": found[0]["id"], "position": position}
        _insert(served, "profiles_rung", columns)
    served.caught_up()
    return name


def profile(served: Gateway, name: str, *, live: bool = False, **columns: Any) -> str:
    """An activated execution profile; live in the process once this returns."""
    empty: dict[str, Any] = dict.fromkeys(("description", "owner", "model", "reasoning_effort"), "")
    row: dict[str, Any] = empty | {
        "system_prompt": "",
        "task_class": "",
        "stop": [],
        "validators": [],
    }
    row |= {"output_floor": 0, "revision": 1, "live": False, "created": "now", "updated": "now"}
    row |= {"name": name} | columns
    row["validators"] = Jsonb(row["validators"])
    _insert(served, "profiles_executionprofile", row)
    activate(served, name, live=live)
    return name


def activate(served: Gateway, name: str, *, live: bool = False) -> None:
    """The draft's revision becomes what traffic gets."""
    if live:
        served.rows("UPDATE profiles_executionprofile SET live = false WHERE live")
    served.rows(
        "UPDATE profiles_executionprofile SET activated_revision = revision, live = %s "
        "WHERE name = %s",
        live,
        name,
    )
    served.caught_up()


def _insert(served: Gateway, table: str, columns: dict[str, Any]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    served.rows(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values())
