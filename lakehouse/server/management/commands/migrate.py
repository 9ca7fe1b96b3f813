"""Django's `migrate`, one process at a time and without the usual statement timeout."""

from typing import Any

from django.core.management.commands import migrate

from lakehouse.server import schema


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> str | None:
        if options["database"] != "default":
            return super().handle(*args, **options)
        with schema.exclusive():
            return super().handle(*args, **options)
