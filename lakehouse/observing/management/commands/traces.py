"""`manage.py traces test`: is there a collector, and does it take what we send?"""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lakehouse.observing.forwarding.target import ENDPOINT, target


class Command(BaseCommand):
    help = (
        "Send one trace to the collector that observer profiles forward to, and say what it said."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("verb", choices=["test"], help="send a trace of one empty span")

    def handle(self, *args: Any, **options: Any) -> None:
        where = target()
        if where is None:
            raise CommandError(f"{ENDPOINT} is not set, so no trace is forwarded. Set it.")
        from lakehouse.observing.forwarding.exporter import Sink
        from lakehouse.observing.forwarding.spans import probe

        sink, started = Sink(where), time.monotonic()
        if not sink.send([probe()]):
            raise CommandError(f"The trace was not taken: {sink.why}")
        took = (time.monotonic() - started) * 1000
        names = ", ".join(name for name, _ in where.headers) or "none"
        self.stdout.write(
            f'{where.origin} took the trace "lakehouse test" in {took:.0f} ms (headers: {names}).'
        )
