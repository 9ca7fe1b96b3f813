"""What the tests of the embedded PostgreSQL share: a process that uses it, a plain connection."""

from pathlib import Path

import psycopg

from lakehouse.embedded_postgres.server import PORT, SUPERUSER, Server

PROJECT = Path(__file__).parents[2]
USER = """
import sys
from pathlib import Path
from lakehouse.embedded_postgres.server import Server
server = Server(Path(sys.argv[1]), durable=False)
server.use()
server.create_database("shared")
print("using", flush=True)
sys.stdin.read()
"""


def connect(server: Server, database: str = "postgres") -> "psycopg.Connection[tuple[int]]":
    target = f"host={server.socket_dir} port={PORT} user={SUPERUSER} dbname={database}"
    return psycopg.connect(target, autocommit=True)
