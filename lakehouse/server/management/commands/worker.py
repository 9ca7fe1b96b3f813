"""The worker, alone: runs background jobs from the database, on any number of machines."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from lakehouse.server import preflight
from lakehouse.server.lifeline import Lifeline
from lakehouse.server.notify import notify


class Command(BaseCommand):
    help = "Run background jobs and periodic tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at once")
        parser.add_argument(
            "--drain-secs", type=float, default=25, help="for running jobs to end after SIGTERM"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        lifeline = Lifeline.from_environment()
        lifeline.watch(options["drain_secs"] + 5)
        preflight.check("localhost")
        asyncio.run(self.work(options["concurrency"], options["drain_secs"], lifeline))

    async def work(self, concurrency: int, drain_secs: float, lifeline: Lifeline) -> None:
        # The app's own connector is Django's synchronous one, for deferring jobs.
        assert isinstance(app.connector, DjangoConnector)
        with app.replace_connector(app.connector.get_worker_connector()):
            async with app.open_async():
                notify("READY=1")
                lifeline.ready()
                await app.run_worker_async(
                    concurrency=concurrency,
                    shutdown_graceful_timeout=drain_secs,
                    # Some jobs come every two seconds: kept, they would fill the database.
                    delete_jobs="successful",
                )
