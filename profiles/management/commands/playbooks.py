"""`manage.py playbooks VERB`: procedures that worked, from list to import."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.activation.locking import in_transaction
from profiles.management import playbook_files, playbook_views
from profiles.management.doing import VIA, refusals, user
from profiles.management.playbook_rows import CLEARANCE, HELP, find, values
from profiles.memory import states, writing
from profiles.memory.embedding import embed
from profiles.memory.playbook import Playbook, State
from providers import whole_file

_ACTS = {
    "activate": "Let calls get a draft.",
    "retire": "Hide one from calls until it is restored.",
    "restore": "Bring a retired one back; its counts start anew.",
    "pin": "Exempt one from being retired by feedback, and prefer it.",
    "unpin": "Make a pinned one active like others.",
    "review": "Say that one is still right, so that it is no longer stale.",
}


class Command(BaseCommand):
    help = (
        "List, show, make, change, activate, retire, restore, pin, delete, export and import "
        "playbooks. PLAYBOOK is a title or an id, which may be cut to its first characters."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        listing = _verb(verbs, "list", "List playbooks.")
        listing.add_argument("--state", choices=State.values, help="in this state only")
        listing.add_argument("--stale", action="store_true", help="those to look at again only")
        show = _verb(verbs, "show", "Show what a playbook says, and what became of it.")
        create = _verb(verbs, "create", "Make a draft.")
        create.add_argument("title", metavar="TITLE")
        change = _verb(verbs, "set", "Change fields.")
        acts = [_verb(verbs, name, text) for name, text in _ACTS.items()]
        delete = _verb(verbs, "delete", "Delete a playbook with its history.")
        for one in (show, change, *acts, delete):
            one.add_argument("playbook", metavar="PLAYBOOK")
        for each in (listing, show):
            each.add_argument("--json", action="store_true", help="print JSON instead of tables")
        create.add_argument("words", nargs="*", metavar="FIELD=VALUE", help=HELP)
        change.add_argument("words", nargs="+", metavar="FIELD=VALUE", help=HELP)
        for act in acts:
            act.add_argument("--reason", default="", help="kept in its history")
        _verb(verbs, "embed", "Ask for the vectors that playbooks lack.")
        export = _verb(verbs, "export", "Write what playbooks say as TOML, for git.")
        export.add_argument("--out", type=Path, metavar="FILE", help="write there, not here")
        imports = _verb(verbs, "import", "Make playbooks say what TOML says, all or none.")
        imports.add_argument("files", nargs="+", type=Path, metavar="FILE")
        imports.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 on any difference"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verb = options["verb"]
        with refusals():
            if verb in _ACTS:
                self._act(verb, find(options["playbook"]), options["reason"])
            elif verb == "list":
                playbook_views.listing(self, options)
            elif verb == "show":
                playbook_views.show(self, find(options["playbook"]), options["json"])
            elif verb in ("create", "set"):
                self._write(options)
            elif verb == "delete":
                row = find(options["playbook"])
                in_transaction(lambda: writing.delete(row))
                self.stdout.write(f'The playbook "{row.title}" is deleted.')
            elif verb == "embed":
                self._embed_all()
            elif verb == "export":
                self._export(options["out"])
            else:
                self._import(options["files"], options["check"])

    def _act(self, verb: str, row: Playbook, reason: str) -> None:
        try:
            moved = states.act(verb, row, who=user(), via=VIA, reason=reason)
        except states.NotNow as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f'The playbook "{moved.title}" is {moved.state}.')
        self._embed(moved)

    def _write(self, options: dict[str, Any]) -> None:
        new = options["verb"] == "create"
        given = values(options["words"])
        if new:
            given = {"title": options["title"]} | given

        def work() -> Playbook:
            row = Playbook() if new else find(options["playbook"])
            draft = writing.filled(row, given, CLEARANCE)
            return writing.save(draft, who=user(), via=VIA)

        row = in_transaction(work)
        how = f"It is {row.state}."
        if row.state == State.DRAFT:
            how = f"It is a draft until you run:\nmanage.py playbooks activate {row.pk}"
        self.stdout.write(f'The playbook "{row.title}" is saved. {how}')
        self._embed(row)

    def _export(self, out: Path | None) -> None:
        text = playbook_files.document(Playbook.objects.order_by("title", "id"))
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            written = whole_file.write(out, text)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise CommandError(f"{out} was not written: {reason}.") from None
        self.stdout.write(f"{out}: {'written' if written else 'unchanged'}")

    def _import(self, files: list[Path], check: bool) -> None:
        found = playbook_files.apply(files, keep=not check)
        for title, outcome in found:
            self.stdout.write(f"{outcome}: {title}")
        if check and any(outcome != "unchanged" for _, outcome in found):
            raise CommandError("Playbooks differ. Without --check they are written.")
        if not check:
            self.stdout.write("New ones are drafts: manage.py playbooks list --state draft")

    def _embed_all(self) -> None:
        """For those made before LAKEHOUSE_EMBEDDING named its provider and model."""
        rows = Playbook.objects.recalled()
        for row in rows.defer("embedding", "steps"):
            self._embed(row)
        found, all_of_them = rows.exclude(space=None).count(), rows.count()
        self.stdout.write(f"{found} of {all_of_them} playbooks are found by meaning.")

    def _embed(self, row: Playbook) -> None:
        if note := embed(row):
            self.stderr.write(note)


def _verb(verbs: Any, name: str, text: str) -> ArgumentParser:
    parser: ArgumentParser = verbs.add_parser(name, help=text, description=text)
    return parser
