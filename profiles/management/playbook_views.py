"""Playbooks as a terminal shows them."""

from typing import Any

from django.core.management.base import BaseCommand
from rich.markup import escape
from rich.table import Table

from profiles.management import cells
from profiles.memory import staleness, writing
from profiles.memory.playbook import Playbook, State
from providers.endpoint import LABELS
from providers.terminal import console

_COLOURS = {"active": "green", "pinned": "cyan", "stale": "yellow", "retired": "red"}
_WHEN = "%Y-%m-%d %H:%M"


def listing(command: BaseCommand, options: dict[str, Any]) -> None:
    rows = Playbook.objects.with_reach()
    if options["state"]:
        rows = rows.filter(state=options["state"])
    if options["stale"]:
        rows = rows.filter(staleness.stale(staleness.oldest_fresh()))
    oldest = staleness.oldest_fresh()
    found = [summary(row, oldest) for row in rows.defer("words", "embedding", "steps")]
    if options["json"]:
        command.stdout.write(cells.plain(found))
    elif found:
        console(command.stdout).print(_table(found))
    else:
        command.stdout.write(
            'There is none. Make one: manage.py playbooks create "TITLE" task=… steps=… label=…'
        )


def show(command: BaseCommand, playbook: Playbook, as_json: bool) -> None:
    row = Playbook.objects.with_reach().get(pk=playbook.pk)
    values, events = writing.values_of(row), list(row.events.all())
    told = summary(row, staleness.oldest_fresh()) | {"state_reason": row.state_reason}
    if as_json:
        names = ("at", "before", "after", "who", "via", "reason", "helpful", "harmful")
        kept = [{name: getattr(event, name) for name in names} for event in events]
        command.stdout.write(cells.plain(told | values | {"events": kept}))
        return
    screen = console(command.stdout)
    colour = _COLOURS.get(row.state, "default")
    why = f": {escape(row.state_reason)}" if row.state_reason else ""
    screen.print(f"Playbook {row.pk} is [{colour}]{row.state}[/]{why}")
    screen.print(f"{told['feedback'] or 'No feedback yet'}. Seen up to: {told['reach']}.")
    table = Table("Field", "Value")
    for field, value in values.items():
        table.add_row(field, cells.cell(value))
    screen.print(table)
    history = Table("When (UTC)", "State", "Why", "Who", "Through")
    for event in events:
        moved = event.after if event.before in ("", event.after) else f"{event.before} → "
        moved = moved if moved == event.after else f"{moved}{event.after}"
        when = event.at.strftime(_WHEN)
        history.add_row(when, moved, cells.cell(event.reason), escape(event.who), event.via)
    screen.print(history)


def summary(row: Any, oldest: Any) -> dict[str, Any]:
    uses = row.helpful + row.harmful
    return {
        "id": str(row.pk),
        "title": row.title,
        "state": row.state,
        "stale": staleness.is_stale(row, oldest) and row.state != State.RETIRED,
        "feedback": f"{row.helpful} of {uses} helped" if uses else "",
        "reach": LABELS[row.reach],
        "tags": row.tags,
        "owner": row.owner,
        "found_by": "words" if row.space_id is None else "meaning",
        "reviewed": row.reviewed,
    }


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table("ID", "Title", "State", "Feedback", "Seen up to", "Tags", "Reviewed (UTC)")
    for one in found:
        colour = _COLOURS.get(one["state"], "default")
        flag = " (stale)" if one["stale"] and one["state"] != State.STALE else ""
        table.add_row(
            one["id"][:8],
            cells.cell(one["title"]),
            f"[{colour}]{one['state']}[/]{flag}",
            one["feedback"],
            one["reach"],
            escape(", ".join(one["tags"])),
            one["reviewed"].strftime(_WHEN),
        )
    return table
