"""An embedded PostgreSQL of the benchmark's own, migrated, with Django set up to use it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.__main__ import manage


@contextmanager
def house(folder: Path) -> Iterator[None]:
    (folder / "providers.toml").write_text(
        '[providers.echo]\nkind = "echo"\ndefault_model = "echo"\n'
    )
    os.environ |= {
        "LAKEHOUSE_VAR": str(folder / "var"),
        "LAKEHOUSE_PROVIDERS": str(folder / "providers.toml"),
        "DJANGO_SECRET_KEY": "only-for-this-benchmark-" * 4,
        "DJANGO_SETTINGS_MODULE": "lakehouse.settings",
        "PYTHONWARNINGS": "",
    }
    os.environ.pop("DATABASE_URL", None)
    manage(dict(os.environ), "migrate", "--verbosity", "0")
    import django

    django.setup()
    yield
    from django.db import connection

    connection.close()
