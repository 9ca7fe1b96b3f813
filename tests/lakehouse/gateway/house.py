"""The providers of this folder's served gateway: every kind, and some with faults of their own."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from providers.errors import ErrorKind
from tests.serving import Gateway, free_port
from tests.upstreams.base import UpstreamServer
from tests.upstreams.kinds import PLAYED

MODEL = "openai_compatible/gpt-test"
# Besides 127.0.0.1, which a client may name here, every local address is refused to clients.
SETTINGS = {"LAKEHOUSE_EGRESS_ALLOW": "127.0.0.0/8", "LAKEHOUSE_QUEUE_SECS": "0.3"}
SECRETS = {
    kind: getattr(played.server, "key", "") or f"sk-test-{kind.replace('_', '-')}-0123456789"
    for kind, played in PLAYED.items()
}
LISTED = {
    "openai_compatible": ["gpt-test", "gpt-test-mini", "in-two-lists", "echo/of-another"],
    "openrouter": ["anthropic/claude-test", "meta/llama-test:free"],
    "ollama": ["qwen3:8b", "in-two-lists", "library/model"],
    "off": ["only-at-off"],
}


def variable(kind: str) -> str:
    """The name of the secret of a kind's provider."""
    return f"TEST_{kind.upper()}_KEY"


def environment() -> dict[str, str]:
    return SETTINGS | {variable(kind): secret for kind, secret in SECRETS.items()}


def registry(upstreams: Mapping[str, UpstreamServer]) -> str:
    """A providers.toml: nothing else makes the gateway speak to these servers."""
    tables = [_of_kind(kind, server) for kind, server in upstreams.items()]
    tables.append(_table("echo", kind="echo"))
    for kind in ErrorKind:
        tables.append(_table(f"fail-{kind}", kind="echo", options={"fail": kind.value}))
    openai = {"kind": "openai_compatible", "base_url": f"{upstreams['openai_compatible'].url}/v1"}
    no_one = {"kind": "openai_compatible", "base_url": f"http://127.0.0.1:{free_port()}/v1"}
    tables += [
        _table("gone", **no_one, default_model="m", connect_timeout=1),
        _table("hasty", **openai, default_model="m", first_token_timeout=0.2, idle_timeout=0.2),
        _table("brief", **openai, default_model="m", total_timeout=0.4),
        _table("off", **openai, default_model="m", enabled=False),
        _table("locked", **openai, default_model="m", auth="TEST_ABSENT_KEY"),
        _table("nameless", **openai),
        _table("narrow", **openai, default_model="m", max_concurrency=1),
        _table("buggy", kind="echo", options={"fail": "nonsense"}),
        _table("spare", kind="echo", default_model="spare-model"),
    ]
    return "\n".join(tables)


def list_models(served: Gateway) -> None:
    """As if each provider had been asked for its models."""
    sql = (
        "INSERT INTO providers_listing (provider_id, steps, error, models) "
        "SELECT id, '[]', '', %s FROM providers_provider WHERE name = %s"
    )
    for name, models in LISTED.items():
        served.rows(sql, Jsonb([{"id": model} for model in models]), name)
    served.caught_up()


def _of_kind(kind: str, server: UpstreamServer) -> str:
    played = PLAYED[kind]
    return _table(
        kind,
        kind=kind,
        base_url=server.url + played.path,
        auth=variable(kind),
        default_model=played.model,
    )


def _table(name: str, **fields: Any) -> str:
    lines = [f"{field} = {_toml(value)}" for field, value in fields.items()]
    return "\n".join([f"[providers.{name}]", *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)
