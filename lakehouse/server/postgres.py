"""DATABASES: the server that DATABASE_URL names, or the embedded one, under the same limits."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

LIMITS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    # Without it a dead client's locks live as long as its last query.
    "client_connection_check_interval": "1s",
}
ENGINE = "django.db.backends.postgresql"
CONNECT_SECONDS = 5
POOL_SECONDS = 5


def database(url: str, *, embedded_root: Path, durable: bool, pool_size: int) -> dict[str, Any]:
    """One entry of DATABASES. Raises ImproperlyConfigured for a URL that is not PostgreSQL's."""
    scheme, _, rest = url.partition("://")
    if not url:
        settings: dict[str, Any] = {
            "ENGINE": "lakehouse.embedded_postgres",
            "NAME": "lakehouse",
            "EMBEDDED": {"ROOT": embedded_root, "DURABLE": durable},
        }
    elif rest and environ.Env.DB_SCHEMES.get(scheme) == ENGINE:
        settings = environ.Env.db_url_config(url)
    else:
        # Before environ reads it, which would warn of a scheme it does not know.
        begins = f"starts with {scheme!r}" if rest else "is no URL"
        raise ImproperlyConfigured(
            f"DATABASE_URL {begins}; it must be postgres://user:password@host/name."
        )
    given = settings.get("OPTIONS", {})
    limits = " ".join(f"-c {name}={value}" for name, value in LIMITS.items())
    settings["OPTIONS"] = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "lakehouse",
        **given,
        "options": f"{limits} {given.get('options', '')}".strip(),
        # Kept connections went wrong under ASGI (CONN_MAX_AGE), a pool did not.
        "pool": {
            "min_size": 0,
            "max_size": pool_size,
            "timeout": POOL_SECONDS,
            # Give up soon and start again on demand: the default backs off for minutes.
            "reconnect_timeout": CONNECT_SECONDS,
        },
    }
    settings["CONN_MAX_AGE"] = 0
    settings["CONN_HEALTH_CHECKS"] = True
    return settings
