"""`ingest PATH…`: files and folders become documents that are searched."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from profiles.activation.network import Network
from profiles.embedding.chosen import NotChosen
from profiles.management import ingested
from profiles.management.bar import Bar
from profiles.management.doing import refusals
from profiles.management.gathering import gather
from profiles.management.ingestion import MODIFIED, Given, Ingestion, NoUse, left_over
from profiles.retrieval.media import ENDINGS
from profiles.retrieval.revectoring import Revectoring
from providers.endpoint import LABELS
from providers.errors import ProviderError
from providers.suggest import shown


class Command(BaseCommand):
    help = (
        f"Ingest files, and folders with all below them ({', '.join(sorted(ENDINGS))}). A document "
        "is known by its source, the folder's name and the path within it: what did not change "
        "since is left alone, what changed replaces the old. Broken off, the same command goes on. "
        "It needs no worker; one that runs helps."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
        parser.add_argument(
            "--label", choices=LABELS, default="", help="who may see them; none: restricted"
        )
        parser.add_argument("--glob", help="only files whose name or path within PATH is like this")
        parser.add_argument("--owner", default="", help="the person or team to ask about them")
        parser.add_argument(
            "--dated",
            type=_date,
            metavar="DATE",
            help=f"their own date, like 2024-05-01, or {MODIFIED}: when each file was",
        )
        parser.add_argument("--as", dest="name", help="what sources begin with; PATH's own name")
        parser.add_argument(
            "--retry", action="store_true", help="ingest all that is pending or failed, too"
        )
        parser.add_argument(
            "--embed",
            action="store_true",
            help="then give vectors to all chunks that have none of LAKEHOUSE_EMBEDDING's",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["paths"] or options["retry"] or options["embed"]):
            raise CommandError("Say what to ingest: PATH…, --retry or --embed.")
        with refusals(), Network() as network:
            try:
                if options["paths"] or options["retry"]:
                    self._ingest(network, options)
                if options["embed"]:
                    self._embed(network)
            except KeyboardInterrupt:
                text = "You left. Nothing is half stored: the same command goes on from here."
                raise CommandError(text, returncode=130) from None
            except OperationalError:
                raise CommandError(
                    "The database is away, or did not take it in time. Nothing is half stored: the "
                    "same command goes on from here; manage.py doctor says how the database stands."
                ) from None

    def _ingest(self, network: Network, options: dict[str, Any]) -> None:
        found = gather(options["paths"], options["glob"], options["name"])
        others = left_over() if options["retry"] else []
        given = Given(options["label"], options["owner"], options["dated"])
        run, started, useless = Ingestion(network), time.monotonic(), False
        try:
            with Bar(self.stdout, "Ingesting", len(found.files) + len(others)) as bar:
                for file in found.files:
                    run.file(file, given)
                    bar.step(shown(file.source))
                for name, pk in others:
                    run.document(name, pk)
                    bar.step(shown(name))
                run.wait_for_workers()
        except NoUse:
            useless = True
        finally:
            run.conclude()
            secs = time.monotonic() - started
            ingested.say(self, run, found.skipped, secs, unlabelled=not given.label)
        left = len(found.files) + len(others) - len(run.ended)
        ingested.refuse_failures(self, run, left if useless else 0)

    def _embed(self, network: Network) -> None:
        try:
            run = Revectoring(network)
            done, started = 0, time.monotonic()
            with Bar(self.stdout, "Embedding", run.left().count()) as bar:
                for some in run.batches():
                    done += some
                    bar.step(by=some)
        except NotChosen as error:
            why = str(error) or "Set LAKEHOUSE_EMBEDDING to provider/model."
            raise CommandError(f"There is nobody to ask for vectors. {why}") from None
        except ProviderError as error:
            raise CommandError(
                f"No vectors ({error.failure.kind}): {error} What has vectors keeps them; the "
                "same command goes on from here."
            ) from None
        run.conclude()
        secs = max(time.monotonic() - started, 0.001)
        self.stdout.write(
            f"{ingested.chunks(done)} got vectors by {run.space} "
            f"({secs:.1f} s, {done / secs:,.0f} a second)."
        )
        if withheld := run.withheld():
            self.stdout.write(
                f"Without any: {ingested.chunks(withheld)} whose label is above the clearance of "
                f"{run.chosen.endpoint.name}, {run.chosen.endpoint.clearance}."
            )


def _date(word: str) -> date | str:
    if word == MODIFIED:
        return word
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise ArgumentTypeError(f'"{shown(word)}" is no date like 2024-05-01.') from None
