"""`manage.py reap_calls`: what the worker does every ten seconds, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from lakehouse.gateway import reaping


class Command(BaseCommand):
    help = "Closes the running calls of gateway processes that died."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reaping.close_dead_calls()} calls closed.")
