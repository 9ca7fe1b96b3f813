"""`manage.py sessions VERB`: what was said under a `session_id`, and deleting it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from profiles.management.cells import cell, plain
from profiles.management.doing import refusals
from profiles.memory import exporting, forgetting
from profiles.memory.messages import document, texts_of
from profiles.memory.session import Session
from providers.endpoint import rank
from providers.suggest import shown
from providers.terminal import console

_WHEN = "%Y-%m-%d %H:%M:%S"


class Command(BaseCommand):
    help = (
        "List, show, export and delete sessions. ID is the number that list shows. Whoever may "
        "use this shell sees turns of every label."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        listing = _verb(verbs, "list", "List sessions, the last used first.")
        listing.add_argument("--key", type=int, metavar="ID", help="of this API key only")
        listing.add_argument("--name", metavar="SESSION_ID", help="of this name only")
        listing.add_argument("--limit", type=int, default=20, help="so many; default %(default)s")
        one = _verb(verbs, "show", "Show what was said in a session.")
        for each in (listing, one):
            each.add_argument("--json", action="store_true", help="print JSON instead of tables")
        export = _verb(verbs, "export", "Write a session as JSON Lines, an object a turn.")
        export.add_argument("--out", metavar="FILE", help="write there instead of printing")
        for each in (one, export, _verb(verbs, "delete", "Delete a session for good.")):
            each.add_argument("id", metavar="ID", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        with refusals():
            if options["verb"] == "list":
                self._list(options)
                return
            session = find(options["id"])
            match options["verb"]:
                case "show":
                    self._show(session, options["json"])
                case "export":
                    self._export(session, options["out"])
                case "delete":
                    forgetting.delete(Session.objects.filter(pk=session.pk))
                    self.stdout.write(f"The session {_name(session)} is deleted, with every turn.")

    def _list(self, options: dict[str, Any]) -> None:
        rows = _all()
        if options["key"] is not None:
            rows = rows.filter(key_id=options["key"])
        if options["name"]:
            rows = rows.filter(name=options["name"])
        found = list(rows[: max(options["limit"], 0)])
        if options["json"]:
            self.stdout.write(plain([_plain(row) for row in found]))
        elif found:
            console(self.stdout).print(_table(found))
        else:
            self.stdout.write("There is none. Calls that send a session_id make them.")

    def _show(self, session: Session, as_json: bool) -> None:
        turns = [document(turn) for turn in session.turns.all()]
        if as_json:
            self.stdout.write(plain(_plain(session) | {"turns": turns}))
            return
        screen = console(self.stdout)
        screen.print(
            f"Session {session.pk} of key {session.key_id}: {_name(session)}", markup=False
        )
        for turn in turns:
            screen.print(
                f"\n{turn['created']:{_WHEN}} UTC  {turn['model']}  {turn['label']}", markup=False
            )
            for message in turn["messages"]:
                screen.print(f"[bold]{message['role']}[/] {_said(message)}")

    def _export(self, session: Session, out: str | None) -> None:
        lines = exporting.lines(session, rank("restricted"))
        if out is None:
            for line in lines:
                self.stdout.write(line.decode(), ending="")
            return
        try:
            with Path(out).open("wb") as file:
                file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{out} was not written: {error.strerror}.") from None
        self.stdout.write(f"{out}: written")


def find(number: int) -> Any:
    """The session of that id. Raises CommandError."""
    session = _all().filter(pk=number).first()
    if session is None:
        raise CommandError(f"There is no session {number}. See manage.py sessions list.")
    return session


def _all() -> Any:
    return Session.objects.seen(rank("restricted"))


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = verbs.add_parser(name, help=text, description=text)
    return parser


def _name(session: Session) -> str:
    return f'"{shown(session.name)}"'


def _plain(session: Any) -> dict[str, Any]:
    return {
        "id": session.pk,
        "session_id": session.name,
        "api_key": session.key_id,
        "created": session.first,
        "used": session.last,
        "turn_count": session.turn_count,
        "tokens": session.token_count,
    }


def _said(message: dict[str, Any]) -> str:
    """The message's text and tool calls for a terminal."""
    functions = [call["function"] for call in message.get("tool_calls", ())]
    calls = [f"{function['name']} {function['arguments']}" for function in functions]
    texts = [*texts_of(message["content"]), message.get("refusal", ""), *calls]
    return "\n".join(cell(text) for text in texts if text)


def _table(found: list[Any]) -> Table:
    table = Table("ID", "Session", "Key", "Turns", "Tokens", "Last used (UTC)")
    for row in found:
        table.add_row(
            str(row.pk),
            cell(row.name),
            str(row.key_id),
            str(row.turn_count),
            str(row.token_count),
            f"{row.last:{_WHEN}}",
        )
    return table
