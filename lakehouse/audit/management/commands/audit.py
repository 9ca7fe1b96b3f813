"""`manage.py audit`: has a provider review a range, a diff or files, here and now."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from lakehouse.audit import concluding, ending, reporting, running, starting
from lakehouse.audit.gathering import CannotGather, Gathered, of_diff, of_paths, of_range
from lakehouse.audit.git import GitError, Repository
from lakehouse.audit.management.following import Following, conclusion, plain
from lakehouse.audit.models import AuditRun
from profiles.management.cells import plain as as_json
from profiles.management.doing import faults, user
from providers.endpoint import LABELS
from providers.suggest import shown

VIA = "command"


class Command(BaseCommand):
    help = (
        "Have a provider review code: a git range (the files it changed, as its end has them), a "
        "diff, or files of the working tree. Every finding is checked against the code before it "
        "is stored. What was asked before, with the same content, is not asked again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--range", metavar="A..B", help="commits of the repository at --root")
        what.add_argument("--diff", metavar="FILE", help="a unified diff; - reads the input")
        what.add_argument("--paths", nargs="+", type=Path, metavar="PATH", help="files, folders")
        what.add_argument("--resume", metavar="ID", help="go on with an audit that was broken off")
        parser.add_argument(
            "--provider", metavar="NAME", help="whom to ask; only this one is asked"
        )
        parser.add_argument("--model", default="", help="default: the profile's, the provider's")
        parser.add_argument(
            "--profile", default="", help="execution profile: parameters and system prompt"
        )
        parser.add_argument(
            "--sensitivity",
            default=starting.DEFAULT_LABEL,
            choices=LABELS,
            help="the code's label; refused above the provider's clearance; default %(default)s",
        )
        parser.add_argument(
            "--root", type=Path, default=Path(), metavar="DIR", help="where the repository is"
        )
        parser.add_argument(
            "--out", type=Path, metavar="DIR", help="write the report below this folder instead"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            row = self._resumed(options) if options["resume"] else self._started(options)
        except (CannotGather, GitError, ending.NotPossible) as error:
            raise CommandError(f"{error}\nNothing was asked.") from None
        except ValidationError as error:
            raise CommandError(f"{faults(error)}\nNothing was asked.") from None
        try:
            ended = self._followed(row, options["json"])
        except KeyboardInterrupt:
            self._cancel(row)
            text = f"You cancelled it; what was found is kept.\n{_way_on(row)}"
            raise CommandError(text, returncode=130) from None
        except OperationalError:
            text = "The database went away; what was done until then is kept."
            raise CommandError(f"{text}\n{_way_on(row)}") from None
        self._conclude(ended, options)

    def _started(self, options: dict[str, Any]) -> AuditRun:
        if not options["provider"]:
            raise CommandError("Say whom to ask: --provider NAME. manage.py providers lists them.")
        asked = starting.Asked(
            provider=options["provider"],
            model=options["model"],
            profile=options["profile"],
            label=options["sensitivity"],
        )
        return starting.start(_gathered(options), asked, who=user(), via=VIA, queue=False)

    def _resumed(self, options: dict[str, Any]) -> AuditRun:
        try:
            row = AuditRun.objects.filter(pk=UUID(options["resume"])).first()
        except ValueError:
            row = None
        if row is None:
            raise CommandError(f'There is no audit "{shown(options["resume"])}".')
        return ending.resume(row, who=user(), queue=False)

    def _followed(self, row: AuditRun, as_data: bool) -> AuditRun:
        with Following(self.stderr if as_data else self.stdout, row) as follow:
            ended = running.run(row.pk, told=follow.file)
        if ended is None:
            raise CommandError("Somebody deleted the audit.")
        return ended

    def _cancel(self, row: AuditRun) -> None:
        try:
            ending.cancel(row, who=user())
        except ending.NotPossible:
            return

    def _conclude(self, row: AuditRun, options: dict[str, Any]) -> None:
        """Raises CommandError unless it succeeded."""
        if not row.ended:
            raise CommandError(f"Another process runs it: {row.runner}. Look at it in the admin.")
        folder = options["out"] or Path(settings.REPORTS_DIR)
        if options["out"]:
            try:
                concluding.write(row, folder)
            except OSError as error:
                raise CommandError(f"The report was not written: {error}.") from None
        path = folder / reporting.name(row)
        if options["json"]:
            self.stdout.write(as_json(plain(row, str(path))))
        else:
            self.stdout.write(conclusion(row))
            if path.exists():
                self.stdout.write(f"Report: {path}")
        if row.state != AuditRun.State.SUCCEEDED:
            raise CommandError(f"The audit {row.state}: {row.error}\n{_way_on(row)}")


def _gathered(options: dict[str, Any]) -> Gathered:
    if options["diff"]:
        return of_diff(*_diff(options["diff"]))
    root: Path = options["root"]
    if not root.is_dir():
        raise CannotGather(f"--root {shown(root)} is no folder.")
    repository = Repository(root.resolve())
    if options["range"]:
        return of_range(repository, options["range"])
    return of_paths(repository, options["paths"])


def _diff(told: str) -> tuple[bytes, str]:
    if told == "-":
        return sys.stdin.buffer.read(), "the input"
    try:
        return Path(told).read_bytes(), Path(told).name
    except OSError as error:
        raise CannotGather(f"{shown(told)} cannot be read: {error.strerror}.") from None


def _way_on(row: AuditRun) -> str:
    return f"Go on: manage.py audit --resume {row.pk}"
