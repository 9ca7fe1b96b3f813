"""What an import did, or would do: a table of every field, a count, and what to run next."""

from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from profiles.documents.applying import Action, Outcome, differs
from profiles.documents.rows import LADDER
from profiles.management.cells import cell
from providers.terminal import console

_COLOURS = {
    Action.CREATED: "green",
    Action.CHANGED: "yellow",
    Action.UNCHANGED: "dim",
    Action.DELETED: "red",
}


def show(command: BaseCommand, outcomes: list[Outcome], *, checked: bool) -> None:
    """Raises CommandError when it was only `checked` and there is a difference."""
    if outcomes:
        console(command.stdout).print(_table(outcomes))
    if not differs(outcomes):
        command.stdout.write("The database says what the files say.")
        return
    if checked:
        raise CommandError("The database differs from the files. Without --check they are applied.")
    counts = (f"{sum(o.action is action for o in outcomes)} {action}" for action in Action)
    command.stdout.write(", ".join(counts) + ".")
    drafts = [o for o in outcomes if o.action in (Action.CREATED, Action.CHANGED)]
    lines = [f"manage.py activate_profile {o.kind} {o.name}" for o in drafts if o.kind != LADDER]
    if lines:
        command.stdout.write("\n".join(["Profiles are drafts. To let calls get them:", *lines]))


def _table(outcomes: list[Outcome]) -> Table:
    table = Table("Kind", "Name", "Difference", "Field", "Before", "In the file")
    for outcome in outcomes:
        head = [outcome.kind, outcome.name, f"[{_COLOURS[outcome.action]}]{outcome.action}[/]"]
        if not outcome.changes:
            table.add_row(*head)
        for change in outcome.changes:
            table.add_row(*head, change.field, _short(change.before), _short(change.after))
            head = ["", "", ""]
    return table


def _short(value: object) -> str:
    """A text on one line, and cut."""
    if not isinstance(value, str):
        return cell(value)
    line = value.replace("\n", "↵")
    return cell(line if len(line) <= 60 else f"{line[:59]}…")
