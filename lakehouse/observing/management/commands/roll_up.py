"""`manage.py roll_up`: what the worker does every hour, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from lakehouse.observing import rollups


class Command(BaseCommand):
    help = "Adds up the calls of finished days, and of those that a call came to late."

    def handle(self, *args: Any, **options: Any) -> None:
        days = rollups.roll_up()
        self.stdout.write(f"{days} day{'' if days == 1 else 's'} rolled up.")
