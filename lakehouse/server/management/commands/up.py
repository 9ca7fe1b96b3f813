"""One command from nothing to serving; run again, it does only what is missing."""

import http.client
import json
import sys
from argparse import ArgumentParser
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.utils import OperationalError

from lakehouse.embedded_postgres.base import DatabaseWrapper, server_of
from lakehouse.gateway import rules_live
from lakehouse.server import bootstrap, safety, web
from lakehouse.server.bootstrap import Shown
from lakehouse.server.child import Child
from lakehouse.server.supervisor import Supervisor
from providers.registry_diff import Action

PLACEHOLDER = "lh_YOUR_KEY"
INTERRUPTED = 130  # a shell's code for a Ctrl-C before there was anything to stop


class Command(BaseCommand):
    help = (
        "Set up whatever is missing, then serve: database, tables, providers, first user and key."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=web.port, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="web processes")
        parser.add_argument("--drain-secs", type=float, default=25)
        parser.add_argument("--no-worker", action="store_true", help="no background jobs")

    def handle(self, *args: Any, **options: Any) -> None:
        bootstrap.ensure_secret_key()
        unsafe = safety.unsafe(options["host"]) + safety.uncounted(options["workers"])
        if problems := [*unsafe, *rules_live.problems()]:
            raise CommandError("Refusing to start.\n- " + "\n- ".join(map(str, problems)))
        self.must_be_free(options["host"], options["port"])
        try:
            shown = self.prepare()
            connection.close()
            children = self.children(options)
            patience = options["drain_secs"] + web.LAST_RESORT + 10
            code = Supervisor(children, patience, lambda: self.announce(options, shown)).run()
        except KeyboardInterrupt:
            code = INTERRUPTED
        finally:
            self.leave_database()
        if code:
            sys.exit(code)
        self.say("Stopped", "nothing is left running")

    def must_be_free(self, host: str, port: int) -> None:
        try:
            web.listen(host, port).close()
        except OSError as error:
            raise CommandError(f"{host}:{port} cannot be used ({error}). Try --port.") from error

    def prepare(self) -> Shown:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"The database cannot be used: {error}") from error
        self.say("Database", self.where())
        applied = bootstrap.migrate()
        self.say("Tables", f"{applied} migrations applied" if applied else "up to date")
        counts = bootstrap.load_providers()
        changed = counts[Action.CREATE] + counts[Action.UPDATE]
        drift = f"; {counts[Action.DRIFT]} edited in the admin" if counts[Action.DRIFT] else ""
        self.say("Providers", f"{settings.PROVIDERS_FILE}: {changed} new or changed{drift}")
        shown = bootstrap.first_people()
        # At once: what is shown this once must not be lost when the server does not start.
        if shown.password:
            self.say("Sign in", f"{bootstrap.ADMIN}  {shown.password}  (shown this once)")
        if shown.token:
            self.say("API key", f"{shown.token}  (shown this once)")
        return shown

    def where(self) -> str:
        wrapper = connections["default"]
        major = wrapper.get_database_version()[0]
        if isinstance(wrapper, DatabaseWrapper):
            return f"PostgreSQL {major}, embedded, in {server_of(wrapper.settings_dict).root}"
        there = wrapper.settings_dict
        return f"PostgreSQL {major}, {there['NAME']} on {there['HOST'] or 'this machine'}"

    def children(self, options: dict[str, Any]) -> list[Child]:
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        web_options = ("host", "port", "workers", "drain_secs")
        given = [f"--{name.replace('_', '-')}={options[name]}" for name in web_options]
        children = [Child("web", [*manage, "serve", *given])]
        if not options["no_worker"]:
            drain = f"--drain-secs={options['drain_secs']}"
            children.append(Child("worker", [*manage, "worker", drain]))
        return children

    def announce(self, options: dict[str, Any], shown: Shown) -> None:
        host = options["host"] if safety.is_loopback(options["host"]) else "127.0.0.1"
        base = f"http://{f'[{host}]' if ':' in host else host}:{options['port']}"
        self.must_be_ready(host, options["port"])
        self.say("Admin", f"{base}/admin/")
        self.say("API", f"{base}/v1/chat, {base}/api/v1/, documented at {base}/api/docs/")
        if not shown.token:
            self.say(
                "API key", "made earlier; another: manage.py create_api_key LABEL --owner NAME"
            )
        self.stdout.write(f"\nTry it, in another terminal:\n\n{curl(base, shown.token)}\n")
        self.stdout.write("\nCtrl-C stops everything.")
        self.stdout.flush()

    def must_be_ready(self, host: str, port: int) -> None:
        ask = http.client.HTTPConnection(host, port, timeout=10)
        try:
            ask.request("GET", "/readyz")
            answer = ask.getresponse()
            said = answer.read().decode(errors="replace")
        except OSError as error:
            raise CommandError(f"The server started, yet does not answer: {error}") from error
        finally:
            ask.close()
        if answer.status != HTTPStatus.OK:
            raise CommandError(f"The server started, yet is not ready: {said}")

    def leave_database(self) -> None:
        """Let go of the embedded server, and see it stop unless others use it."""
        connections.close_all()
        wrapper = connections["default"]
        if isinstance(wrapper, DatabaseWrapper):
            wrapper.close_pool()
            server_of(wrapper.settings_dict).release(wait=30)

    def say(self, what: str, value: str) -> None:
        self.stdout.write(f"{what:<10} {value}")
        self.stdout.flush()


def curl(base: str, token: str) -> str:
    """One line to paste: a streamed answer from the provider that needs no network."""
    message = {"role": "user", "content": "Say hello"}
    body = json.dumps({"provider": "echo", "model": "echo", "stream": True, "messages": [message]})
    return (
        f"curl -N {base}/v1/chat -H 'authorization: Bearer {token or PLACEHOLDER}' "
        f"-H 'content-type: application/json' -d '{body}'"
    )
