"""`sync_providers`: shows how the database differs from the registry file, and applies the file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from providers import registry, sync
from providers.registry_diff import Action, Change, FieldChange, differs
from providers.terminal import console

_COLOURS = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.DRIFT: "magenta",
    Action.UNCHANGED: "dim",
    Action.PRUNE: "red",
}


class Command(BaseCommand):
    help = (
        "Show how the providers in the database differ from the registry file "
        "(config/providers.toml, or LAKEHOUSE_PROVIDERS). drift: edited in the admin or by REST "
        "since the last sync. Without an option nothing is changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        act = parser.add_mutually_exclusive_group()
        act.add_argument("--check", action="store_true", help="exit 1 when there is any difference")
        act.add_argument(
            "--apply",
            action="store_true",
            help="create and update, in one transaction; the file wins over drift",
        )
        act.add_argument(
            "--prune",
            action="store_true",
            help="as --apply, and delete the file's providers that are no longer in it",
        )
        parser.add_argument(
            "--keep-drift",
            action="store_true",
            help="with --apply or --prune: leave edited fields until the file itself changes them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            entries = registry.load(Path(settings.PROVIDERS_FILE))
        except registry.RegistryError as error:
            raise CommandError(f"{error}\nNothing was changed.") from None
        keep_drift, prune = options["keep_drift"], options["prune"]
        if options["apply"] or prune:
            try:
                changes = sync.apply(entries, prune=prune, keep_drift=keep_drift)
            except sync.Refused as error:
                raise CommandError(f"{error}\nNothing was changed.") from None
        elif keep_drift:
            raise CommandError("--keep-drift goes with --apply or --prune.")
        else:
            changes = sync.difference(entries)
        self._show(changes)
        if options["apply"] or prune:
            self.stdout.write(_done(changes, prune=prune, keep_drift=keep_drift))
        elif not differs(changes):
            self.stdout.write("The database says what the file says.")
        elif options["check"]:
            raise CommandError(f"The database differs from the file. {_remedy(changes)}")
        else:
            self.stdout.write(f"Nothing was changed. {_remedy(changes)}")

    def _show(self, changes: list[Change]) -> None:
        table = Table("Provider", "Difference", "Field", "In the database", "In the file")
        for change in changes:
            table.add_row(
                change.name,
                f"[{_COLOURS[change.action]}]{_named(change)}[/]",
                *(
                    ("", "", "")
                    if change.action is Action.CREATE or not change.fields
                    else _columns(change.fields)
                ),
            )
        console(self.stdout).print(table)


def _remedy(changes: list[Change]) -> str:
    """The option that leaves no difference."""
    different = {change.action for change in changes} - {Action.UNCHANGED}
    if Action.PRUNE not in different:
        return "Run sync_providers --apply to apply the file."
    prune = "sync_providers --prune to delete what is no longer in the file"
    if different == {Action.PRUNE}:
        return f"Run {prune}."
    return f"Run sync_providers --apply to apply the file, or {prune} as well."


def _named(change: Change) -> str:
    if change.action is Action.PRUNE:
        return "no longer in the file"
    return "update (becomes the file's)" if change.adopted else change.action.value


def _columns(changed: tuple[FieldChange, ...]) -> tuple[str, str, str]:
    """One line a field in each column."""
    return (
        "\n".join(c.field + (" (drift)" if c.drift else "") for c in changed),
        "\n".join(_cell(c.database) for c in changed),
        "\n".join(_cell(c.file) for c in changed),
    )


def _cell(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else escape(str(value)) or '""'


def _done(changes: list[Change], *, prune: bool, keep_drift: bool) -> str:
    count = {action: sum(c.action is action for c in changes) for action in Action}
    parts = [f"{count[Action.CREATE]} created", f"{count[Action.UPDATE]} updated"]
    if count[Action.DRIFT]:
        said = "left with their edits" if keep_drift else "set back to the file"
        parts.append(f"{count[Action.DRIFT]} {said}")
    if count[Action.PRUNE]:
        parts.append(f"{count[Action.PRUNE]} " + ("deleted" if prune else "kept (--prune deletes)"))
    return ", ".join([*parts, f"{count[Action.UNCHANGED]} unchanged"]) + "."
