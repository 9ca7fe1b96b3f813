"""The web server, alone: for production, one per machine, behind a proxy."""

import errno
import socket
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lakehouse.observing import workers
from lakehouse.server import preflight, web
from lakehouse.server.child import Child
from lakehouse.server.lifeline import Lifeline
from lakehouse.server.notify import notify
from lakehouse.server.supervisor import Supervisor


class Command(BaseCommand):
    help = "Serve the gateway, the admin and the REST API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=web.port, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="processes that share the port")
        parser.add_argument(
            "--drain-secs", type=float, default=25, help="for open calls to end after SIGTERM"
        )
        parser.add_argument("--listen-fd", type=int, help="a socket that listens already")
        # Of several processes: which it is, and where it hears the others.
        parser.add_argument("--worker", type=int, default=1, help=SUPPRESS)
        parser.add_argument("--folder", type=Path, help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        lifeline = Lifeline.from_environment()
        lifeline.watch(options["drain_secs"] + web.LAST_RESORT + 5)
        preflight.check(options["host"], options["workers"], rules=True)
        listening = self.listen(options)
        web.raise_file_limit()
        if options["workers"] > 1:
            with tempfile.TemporaryDirectory(prefix="lakehouse-") as folder:
                code = self.supervise(listening, options, lifeline, folder)
            sys.exit(code)
        if options["folder"] is not None:
            workers.join(options["folder"], options["worker"])
        server = web.Server(
            web.config("lakehouse.asgi:application", options["drain_secs"]),
            options["drain_secs"],
            lifeline,
        )
        server.run(sockets=[listening])
        if server.force_exit:
            sys.exit(1)

    def listen(self, options: dict[str, Any]) -> socket.socket:
        if options["listen_fd"] is not None:
            return socket.socket(fileno=options["listen_fd"])
        host, port = options["host"], options["port"]
        try:
            return web.listen(host, port)
        except OSError as error:
            what = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error})"
            raise CommandError(f"{host}:{port} {what}. Choose another with --port.") from error

    def supervise(
        self, listening: socket.socket, options: dict[str, Any], lifeline: Lifeline, folder: str
    ) -> int:
        fd = listening.fileno()
        manage = str(settings.BASE_DIR / "manage.py")
        command = [sys.executable, manage, "serve", "--host", options["host"]]
        command += ["--listen-fd", str(fd), "--drain-secs", str(options["drain_secs"])]
        command += ["--folder", folder]
        numbers = range(1, options["workers"] + 1)

        def ready() -> None:
            notify("READY=1")
            lifeline.ready()

        children = [
            Child(f"web {number}", [*command, "--worker", str(number)], keep=[fd])
            for number in numbers
        ]
        return Supervisor(children, options["drain_secs"] + web.LAST_RESORT + 5, ready).run()
