"""`export_providers`: the registry file with what the database says now."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from providers import registry, whole_file
from providers.export import export
from providers.models import Provider


class Command(BaseCommand):
    help = (
        "Print the registry file with the database's values: edits made in the admin or by REST "
        "go to git this way. Comments and order stay, and where nothing changed the bytes are "
        "the same. Providers that the registry file does not own are left out, unless --all. "
        "Entries that are not in the database stay in the file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="write FILE instead of printing"
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="append the providers made in the admin or by REST, too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.PROVIDERS_FILE)
        text = path.read_bytes().decode() if path.exists() else ""
        try:
            exported = export(text, str(path), Provider.objects.all(), everything=options["all"])
        except registry.RegistryError as error:
            raise CommandError(f"{error}\nNothing was written.") from None
        if exported.only_in_file:
            names = ", ".join(exported.only_in_file)
            self.stderr.write(f"In the file but not in the database, left as it is: {names}")
        if exported.left_out:
            names = ", ".join(exported.left_out)
            self.stderr.write(f"Not from the file, left out (--all appends them): {names}")
        if options["output"] is None:
            self.stdout.write(exported.text, ending="")
            return
        try:
            whole_file.write(options["output"], exported.text)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CommandError(f"{options['output']} was not written: {reason}.") from None
