"""A gateway with documents, playbooks, retrieval and memory profiles, written into its database."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from psycopg.types.json import Jsonb

from tests.serving import Gateway, body, gateway
from tests.upstreams.openai import OpenAIServer

# Providers by what they are cleared for, from public to restricted.
OPEN, INNER, CLOSE, VAULT = "open", "inner", "close", "vault"
CHUNK = """
INSERT INTO profiles_chunk (document_id, position, heading, text, words, length, label_rank)
SELECT %s, 0, '', %s, words, length(words), 0 FROM to_tsvector('english', %s) words
"""
DEFAULTS: dict[str, dict[str, Any]] = {
    "retrieval": {
        "top_k": 20,
        "rerank_top_k": 5,
        "score_threshold": 0,
        "include_undated": True,
        "playbook_boost": 0.15,
        "sensitivity_gate": "restricted",
    },
    "memory": {
        "playbook_boost_ceiling": 0.25,
        "history_turns": 20,
        "history_tokens": 8000,
        "doc_staleness_days": 90,
        "retire_min_uses": 3,
        "retire_below_success": 0.8,
    },
}


@contextmanager
def knowing_gateway(
    folder: Path, first: OpenAIServer, second: OpenAIServer, **settings: str
) -> Iterator[Gateway]:
    """`open` is answered by the first upstream, the others by the second."""
    table = (
        '[providers.{}]\nkind = "openai_compatible"\nauth = "none"\nbase_url = "{}"\n'
        'default_model = "m"\nclearance = "{}"\n'
    )
    providers = table.format(OPEN, first.url, "public")
    for name, label in ((INNER, "internal"), (CLOSE, "confidential"), (VAULT, "restricted")):
        providers += table.format(name, second.url, label)
    providers += '\n[providers.echo]\nkind = "echo"\nclearance = "restricted"\n'
    with gateway(folder, providers, settings=settings) as made:
        yield made


def document(served: Gateway, title: str, text: str, label: str = "public", **columns: Any) -> str:
    """A document of one chunk, as ingestion leaves it; its id."""
    key = uuid.uuid4()
    row: dict[str, Any] = {
        "source": "",
        "owner": "",
        "media_type": "text/plain",
        "ingested_hash": "0" * 64,
    }
    row |= {"problem": "", "chunk_count": 1, "helpful": 0, "harmful": 0, "text": text}
    row |= {"id": key, "title": title, "label": label, "content_hash": "0" * 64, "state": "ready"}
    _insert(served, "profiles_document", row | {"created": "now", "updated": "now"} | columns)
    served.rows(CHUNK, key, text, f"{title} {text}")
    return str(key)


def playbook(
    served: Gateway, title: str, task: str, steps: str, label: str = "public", *documents: str
) -> str:
    """An active playbook; its id."""
    key = uuid.uuid4()
    row: dict[str, Any] = {
        "id": key,
        "title": title,
        "task": task,
        "steps": steps,
        "label": label,
        "owner": "",
    }
    row |= {
        "seen": Jsonb({}),
        "tags": [],
        "state": "active",
        "state_reason": "",
        "helpful": 0,
        "harmful": 0,
    }
    _insert(
        served,
        "profiles_playbook",
        row | {"reviewed": "now", "created": "now", "updated": "now"},
    )
    served.rows(
        "UPDATE profiles_playbook SET words = to_tsvector('english', task) WHERE id = %s", key
    )
    for cited in documents:
        _insert(served, "profiles_playbook_documents", {"playbook_id": key, "document_id": cited})
    return str(key)


def policy(served: Gateway, kind: str, name: str, *, live: bool = False, **columns: Any) -> str:
    """An activated retrieval or memory profile; known to the process once this returns."""
    row: dict[str, Any] = {"name": name, "description": "", "owner": "", "revision": 1}
    row |= {"live": False, "created": "now", "updated": "now"} | DEFAULTS[kind] | columns
    table = f"profiles_{kind}profile"
    _insert(served, table, row)
    if live:
        served.rows(f"UPDATE {table} SET live = false WHERE live")
    served.rows(
        f"UPDATE {table} SET activated_revision = revision, live = %s WHERE name = %s", live, name
    )
    served.caught_up()
    return name


def nothing_known(served: Gateway) -> None:
    """No document and no playbook of another module's tests."""
    served.rows("TRUNCATE profiles_document, profiles_playbook CASCADE")


def nothing_live(served: Gateway) -> None:
    """Calls get no retrieval or memory profile but one that they name."""
    for kind in DEFAULTS:
        served.rows(f"UPDATE profiles_{kind}profile SET live = false")
    served.caught_up()


def ask(served: Gateway, text: str, token: str = "", **fields: Any) -> httpx.Response:
    """A chat of one message, at `vault` unless a provider or model is named."""
    if not {"provider", "model", "profile"} & fields.keys():
        fields["provider"] = VAULT
    sent = body("", text) | fields
    if not sent["model"]:
        del sent["model"]
    with served.client(token or None) as client:
        return client.post("/v1/chat", json=sent)


def prompt(upstream: OpenAIServer) -> str:
    """Everything that the upstream was last sent, as one text."""
    return str(upstream.last.json)


def _insert(served: Gateway, table: str, columns: dict[str, Any]) -> None:
    marks = ", ".join(["%s"] * len(columns))
    served.rows(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", *columns.values())
