"""A real gateway process for tests: `manage.py serve` over a database of its own."""

import hashlib
import json
import os
import secrets
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.db import connection, connections

from tests import migrated
from tests.migrated import at, create
from tests.upstreams.base import UpstreamServer

ROOT = Path(__file__).resolve().parents[1]
READY_SECS = 30.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loopback only; a client's own costs 20 ms
KEY = {
    "owner": "tests",
    "preview": "lh_…",
    "clearance": "internal",
    "allowed_providers": [],
    "may_manage": False,
    "created_at": "now",
}
_templates: dict[str, str] = {}


class Gateway:
    """One running process, and its database through a plain connection."""

    def __init__(self, env: dict[str, str], dsn: dict[str, Any], *options: str) -> None:
        self.env = env
        self.dsn = dsn
        self._options = options
        self.port = 0
        self.token = ""
        self.process: subprocess.Popen[bytes]
        self.log: Path | None = None  # a file for what it says, else the test run's own stderr

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, token: str | None = None, **more: Any) -> httpx.Client:
        key = self.token if token is None else token
        headers = {"authorization": f"Bearer {key}"} if key else {}
        settings: dict[str, Any] = {"trust_env": False, "verify": NO_TLS, "timeout": 10} | more
        return httpx.Client(base_url=self.url, headers=headers, **settings)

    def chat(self, model: str, text: str = "hello", **fields: Any) -> httpx.Response:
        with self.client() as client:
            return client.post("/v1/chat", json=body(model, text, **fields))

    def manage(self, *words: str) -> str:
        """Runs a management command. Fails the test with its output when it fails."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def key(self, label: str = "test", *options: str) -> str:
        return self.manage("create_api_key", label, "--owner", "tests", "--quiet", *options).strip()

    def issue(self, label: str = "test", **columns: Any) -> str:
        """A key, straight into the database; keywords are columns of its row.

        Live at once when the process is not started yet, else within a second.
        """
        token = f"lh_{secrets.token_urlsafe(32)}"
        row = KEY | {"label": label, "digest": hashlib.sha256(token.encode()).hexdigest()}
        row |= columns
        names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        self.rows(f"INSERT INTO gateway_apikey ({names}) VALUES ({marks})", *row.values())
        return token

    def live_key(self, **columns: Any) -> str:
        """As `issue`, and known to the running process."""
        token = self.issue(**columns)
        with self.client(token) as client:
            self.eventually(lambda: client.get("/v1/models").status_code != 401)
        return token

    def limit_to(self, calls: int) -> None:
        """So many at a time of each provider (0: any number), known to the running process."""
        with self.client("") as client:

            def generation() -> int:
                return int(client.get("/readyz").json()["generation"])

            before = generation()
            self.rows("UPDATE providers_provider SET max_concurrency = %s", calls)
            self.eventually(lambda: generation() > before)

    # --- the database ---

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        factory = psycopg.rows.dict_row
        with psycopg.connect(**self.dsn, autocommit=True, row_factory=factory) as database:
            cursor = database.execute(sql, parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def call(self, call_id: str, within: float = 3.0) -> dict[str, Any]:
        """A call's row once it has ended. Fails the test when it does not."""
        sql = "SELECT * FROM gateway_call WHERE id = %s AND outcome <> 'running'"
        found: list[dict[str, Any]] = self.eventually(lambda: self.rows(sql, call_id), within)
        return found[0]

    def attempts(self, call_id: str) -> list[dict[str, Any]]:
        sql = "SELECT * FROM gateway_attempt WHERE call_id = %s ORDER BY number"
        return self.rows(sql, call_id)

    def caught_up(self) -> None:
        """Waits until the process has what the database says now."""
        wanted = self.rows("SELECT n FROM lakehouse_generation")[0]["n"]
        with self.client("") as client:
            self.eventually(lambda: client.get("/readyz").json()["generation"] >= wanted)

    def recorded_ids(self) -> list[Any]:
        """The calls in the ledger, once every call before this one has been written."""
        with self.client("") as client:

            def idle() -> bool:
                told = client.get("/readyz").json()
                return bool(told["open_calls"] == told["records_waiting"] == 0)

            self.eventually(idle)
        time.sleep(0.1)  # two flushes: what was being written is there
        return [row["id"] for row in self.rows("SELECT id FROM gateway_call")]

    @staticmethod
    def eventually(look: Any, within: float = 3.0) -> Any:
        """What `look` gives once it is true."""
        end = time.monotonic() + within
        while not (found := look()):
            assert time.monotonic() < end, f"not within {within} s"
            time.sleep(0.01)
        return found

    # --- the process ---

    def start(self) -> None:
        self.port = self.port or free_port()
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port), *self._options]
        with ExitStack() as stack:
            said = stack.enter_context(self.log.open("ab")) if self.log else None
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.env, stderr=said)
        end = time.monotonic() + READY_SECS
        while time.monotonic() < end:
            assert self.process.poll() is None, "the server ended while starting"
            with suppress(httpx.TransportError), self.client("") as client:
                if client.get("/readyz").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server was not ready within {READY_SECS} s")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self, within: float = 30) -> int:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(within)


def body(model: str, text: str = "hello", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **fields}


def events(response: httpx.Response) -> Iterator[Any]:
    """The `data:` documents of a streamed answer, "[DONE]" as that text."""
    for line in response.iter_lines():
        if line.startswith("data: "):
            data = line.removeprefix("data: ")
            yield data if data == "[DONE]" else json.loads(data)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def registry(upstreams: dict[str, UpstreamServer], extra: str = "") -> str:
    """A providers.toml in which each upstream's kind is its name up to the first dash."""
    entries = [
        f'[providers.{name}]\nkind = "{name.partition("-")[0]}"\nauth = "none"\n'
        f'base_url = "{server.url}"\ndefault_model = "m"\n'
        for name, server in upstreams.items()
    ]
    return "\n".join(entries) + extra


@contextmanager
def gateway(
    folder: Path,
    providers: str,
    *options: str,
    settings: dict[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[Gateway]:
    """A served gateway with this registry, on the test run's PostgreSQL, and a key to it."""
    (folder / "providers.toml").write_text(providers)
    connection.ensure_connection()
    dsn = {
        k: v for k, v in connection.get_connection_params().items() if k in ("host", "port", "user")
    }
    name = f"gateway_{os.getpid()}_{folder.name}".replace("-", "_").lower()
    env = os.environ | {
        "LAKEHOUSE_PROVIDERS": str(folder / "providers.toml"),
        "PYTHONWARNINGS": "",
        **(settings or {}),
    }
    made = Gateway(at(dsn, name, env), {**dsn, "dbname": name}, *options)
    create(dsn, name, template(dsn, providers))
    made.token, made.log = made.issue(), log
    made.start()
    try:
        yield made
    finally:
        made.stop()
        with psycopg.connect(**dsn, dbname="postgres", autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def template(dsn: dict[str, Any], providers: str) -> str:
    """The name of a database with this registry in it, to be copied: that takes no processes."""
    if providers not in _templates:
        name = f"gateway_{os.getpid()}_registry_{len(_templates)}"
        create(dsn, name, migrated.template(dsn))
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_sync, name, providers).result()
        _templates[providers] = name
    return _templates[providers]


def _sync(database: str, providers: str) -> None:
    """As `sync_providers --apply` there. A thread's connections are its own."""
    from providers import registry, sync  # models: only after Django is set up

    here = connections.create_connection("default")
    no_pool = here.settings_dict["OPTIONS"] | {"pool": False}
    here.settings_dict = here.settings_dict | {"NAME": database, "OPTIONS": no_pool}
    connections["default"] = here
    try:
        sync.apply(registry.parse(providers, "providers.toml"))
    finally:
        here.close()
