"""`manage.py activations VERB`: what was activated, and cancelling and rolling back."""

import re
from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError
from django.db.models import TextField
from django.db.models.functions import Cast
from rich.markup import escape
from rich.table import Table

from profiles.activation.activate import roll_back
from profiles.activation.cancel import cancel
from profiles.activation.model import Activation, State
from profiles.activation.record import steps_of, waiting_for
from profiles.kinds import model_of
from profiles.management.cells import plain
from profiles.management.doing import VIA, refusals, user
from profiles.management.following import add_wait, follow
from profiles.management.progress import steps_table
from providers.suggest import shown
from providers.terminal import console

SHORT = 8
_ID = re.compile(r"[0-9a-f][0-9a-f-]{3,35}")
_COLOURS = {State.SUCCEEDED: "green", State.FAILED: "red", State.RUNNING: "yellow"}
_FIELDS = (
    *("id", "number", "kind", "profile", "revision", "state", "requested_by", "requested_via"),
    *("requested_at", "started_at", "finished_at", "flip_ms", "runner", "error"),
    *("before_profile", "before_revision", "rollback_to_id"),
)
_WHEN = "%Y-%m-%d %H:%M:%S"


class Command(BaseCommand):
    help = (
        "List and show activations, cancel one that has not ended, roll back to one that "
        "succeeded. ID may be cut to its first characters."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        listing = _verb(verbs, "list", "List activations, the newest first.")
        listing.add_argument("kind", nargs="?", metavar="KIND", help="of this kind only")
        listing.add_argument("name", nargs="?", metavar="NAME", help="of this profile only")
        listing.add_argument("--limit", type=int, default=20, help="so many; default %(default)s")
        one = _verb(verbs, "show", "Show an activation and its steps.")
        for each in (listing, one):
            each.add_argument("--json", action="store_true", help="print JSON instead of tables")
        back = _verb(verbs, "rollback", "Activate again what an activation made live.")
        for each in (one, _verb(verbs, "cancel", "Cancel an activation; live stays live."), back):
            each.add_argument("id", metavar="ID")
        add_wait(back)

    def handle(self, *args: Any, **options: Any) -> None:
        match options["verb"]:
            case "list":
                self._list(options)
            case "show":
                self._show(find(options["id"]), options["json"])
            case "cancel":
                with refusals():
                    ended = cancel(find(options["id"]), who=user())
                self.stdout.write(f"The activation of {_target(ended)} is cancelled.")
            case "rollback":
                with refusals():
                    asked = roll_back(find(options["id"]), who=user(), via=VIA)
                self.stdout.write(f"Activation {asked.pk} of {_target(asked)}.")
                follow(self, asked, options["wait"])

    def _list(self, options: dict[str, Any]) -> None:
        rows = Activation.objects.all()
        if options["kind"]:
            try:
                model_of(options["kind"])
            except ValueError as error:
                raise CommandError(str(error)) from None
            rows = rows.filter(kind=options["kind"])
        if options["name"]:
            rows = rows.filter(profile=options["name"])
        found = list(rows[: max(options["limit"], 0)])
        if options["json"]:
            self.stdout.write(plain([_plain(row) for row in found]))
        elif found:
            console(self.stdout).print(_table(found))
        else:
            self.stdout.write("There is none. Ask for one: manage.py activate_profile KIND NAME")

    def _show(self, row: Activation, as_json: bool) -> None:
        if as_json:
            self.stdout.write(plain(_plain(row)))
            return
        screen = console(self.stdout)
        when = f"{row.requested_at:{_WHEN}} UTC"
        asked = f"{row.requested_by} asked for it by {row.requested_via} at {when}."
        screen.print(f"Activation {row.pk} of {_target(row)}", markup=False)
        screen.print(f"is {row.state}. {asked}", markup=False)
        for text in filter(None, (row.error, waiting_for(row))):
            screen.print(text, markup=False)
        if steps := steps_of(row):
            screen.print(steps_table(steps))


def find(said: str) -> Activation:
    """By its id or the first characters of it. Raises CommandError."""
    word = said.lower()
    if not _ID.fullmatch(word):
        raise CommandError(
            f'"{shown(said)}" is no id of an activation. Write 4 or more of its first characters; '
            "manage.py activations list shows them."
        )
    rows = Activation.objects.annotate(said=Cast("id", TextField())).filter(said__startswith=word)
    match list(rows[:2]):
        case [only]:
            return only
        case []:
            raise CommandError(f"There is no activation {word}. See manage.py activations list.")
    raise CommandError(f"More than one activation begins with {word}. Write more of it.")


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = verbs.add_parser(name, help=text, description=text)
    return parser


def _target(row: Activation) -> str:
    return f"the {row.kind} profile {row.profile}@{row.revision}"


def _plain(row: Activation) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in _FIELDS}
    steps = msgspec.to_builtins(steps_of(row))
    return found | {"steps": steps, "waiting_for": waiting_for(row)}


def _table(found: list[Activation]) -> Table:
    table = Table(
        "ID", "Kind", "Profile", "State", "Asked by", "Through", "When (UTC)", "Before it"
    )
    for row in found:
        colour = _COLOURS.get(State(row.state), "default")
        before = f"{row.before_profile}@{row.before_revision}" if row.before_profile else ""
        table.add_row(
            str(row.pk)[:SHORT],
            row.kind,
            f"{row.profile}@{row.revision}",
            f"[{colour}]{row.state}[/]",
            escape(row.requested_by),
            row.requested_via,
            f"{row.requested_at:{_WHEN}}",
            before,
        )
    return table
