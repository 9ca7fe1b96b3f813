"""What every test stands on: an environment and a database of its own, and no outside network."""

import gc
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from tests.environment import VAR


def pytest_configure() -> None:
    if VAR is not None and settings.VAR_DIR != VAR:
        pytest.exit("Unset DJANGO_SETTINGS_MODULE: tests make their own environment.", 2)


def pytest_collection() -> None:
    """Five thousand tests live to the end: the collector need not look at them again and again."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    if VAR is not None:
        from lakehouse.embedded_postgres.server import at

        at(VAR / "postgres", durable=False).release(wait=10)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The test database is a copy, too."""
    from django.db import connection

    from lakehouse.embedded_postgres.base import server_of
    from tests import migrated

    there = connection.settings_dict
    server_of(there).use()
    dsn = {key: there[key.upper()] for key in ("host", "port", "user")}
    there["TEST"]["TEMPLATE"] = migrated.template(dsn)


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Refuse to connect anywhere but this machine."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        refuse_outside(self, address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        refuse_outside(self, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


@pytest.fixture(autouse=True, scope="session")
def static_files_listed_once() -> Iterator[None]:
    """Every test client sets WhiteNoise up, which looks at each static file of each package."""
    from lakehouse.server.static import StaticMiddleware

    look = StaticMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def once(self: StaticMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticMiddleware, "add_files_from_finders", once)
        yield


def refuse_outside(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
            raise RuntimeError(f"A test reached for {host}: only loopback is on in tests.")
