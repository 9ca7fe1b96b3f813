"""The environment of a test run, in place before settings are read.

Each run has its own `var` folder and its own throw-away PostgreSQL, so runs never meet;
the workers of one run share them. No key and no `.env` of the developer reaches a test.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import certifi

OURS = ("LAKEHOUSE_", "DJANGO_", "DATABASE_URL", "CACHE_URL", "KIMI_")


def prepare() -> Path | None:
    """Point every setting into the run's own folder; returns it to the process that made it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return None  # the environment came from the process that made the folder
    var = Path(tempfile.mkdtemp(prefix="lakehouse-tests-"))
    atexit.register(shutil.rmtree, var, ignore_errors=True)
    etc = var / "etc"
    etc.mkdir()
    for name in list(os.environ):
        if name.startswith(OURS) or name.endswith(("_API_KEY", "_PROXY", "_proxy")):
            del os.environ[name]
    # Each of the run's processes would compile the project anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= {
        "LAKEHOUSE_VAR": str(var),
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(48),
        "LAKEHOUSE_DURABLE": "false",
        "LAKEHOUSE_SECRETS": str(etc / "secrets.toml"),
        "LAKEHOUSE_SECRETS_DIR": str(etc),
        "LAKEHOUSE_ENV_FILE": str(etc / "absent.env"),
        "SSL_CERT_FILE": str(_one_certificate(etc)),
        "DJANGO_SETTINGS_MODULE": "lakehouse.settings",
    }
    return var


def _one_certificate(folder: Path) -> Path:
    """Tests trust one authority: reading the machine's 150 takes each process and client 30 ms."""
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text().partition(end)
    file = folder / "authority.pem"
    file.write_text(first + end)
    return file


VAR = prepare()
