"""`activate_profile KIND NAME`: makes one revision of a profile what calls get."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from profiles.activation.activate import Busy, rehearse, request
from profiles.activation.record import FAILED, RUNNING, Step
from profiles.kinds import model_of
from profiles.management.doing import VIA, refusals, user
from profiles.management.following import add_wait, follow, ways_on
from profiles.management.progress import Progress


class Command(BaseCommand):
    help = (
        "Ask for a profile's draft, or an earlier revision, to go live. The worker prepares it "
        "step by step; what is live stays so until the last one. KIND is execution, retrieval, "
        "memory or observer. See also: manage.py activations."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", metavar="KIND")
        parser.add_argument("name", metavar="NAME")
        parser.add_argument(
            "--revision", type=int, metavar="N", help="this one; default: the draft as it is now"
        )
        how = parser.add_mutually_exclusive_group()
        add_wait(how)
        how.add_argument(
            "--dry-run",
            action="store_true",
            help="take the steps here and now, but change nothing and load no model",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kind, name, revision = options["kind"], options["name"], options["revision"]
        try:
            model_of(kind)
        except ValueError as error:
            raise CommandError(str(error)) from None
        if options["dry_run"]:
            self._rehearse(kind, name, revision)
            return
        with refusals():
            try:
                asked = request(kind, name, who=user(), via=VIA, revision=revision)
            except Busy as busy:
                raise CommandError(f"{busy}\n{ways_on(busy.activation)}") from None
        self.stdout.write(f"Activation {asked.pk} of the {kind} profile {name}@{asked.revision}.")
        follow(self, asked, options["wait"])

    def _rehearse(self, kind: str, name: str, revision: int | None) -> None:
        taken: list[Step] = []
        with refusals(), Progress(self.stdout) as progress:

            def told(step: Step) -> None:
                if taken and taken[-1].result == RUNNING:
                    taken.pop()
                taken.append(step)
                progress.show(taken)

            steps = rehearse(kind, name, revision, told)
        if steps and steps[-1].result == FAILED:
            raise CommandError(f"It would fail: {steps[-1].detail}")
        self.stdout.write("Nothing stands in its way. Nothing was changed.")
