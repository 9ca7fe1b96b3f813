"""What a run of ingestion did, in words: counts, how documents are found now, what is next."""

from collections import Counter

from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from profiles.embedding.chosen import NotChosen
from profiles.management.ingestion import Ingestion
from profiles.retrieval import vectoring
from profiles.retrieval.document import Chunk
from providers.terminal import console

_NO_LABEL = (
    "Without --label they count as restricted: only keys, providers and profiles that are cleared "
    "for that are given them."
)


def say(
    command: BaseCommand, run: Ingestion, skipped: Counter[str], secs: float, *, unlabelled: bool
) -> None:
    done, same, failed = run.count("ready"), run.count("unchanged"), run.count("failed")
    parts = [f"{done} ingested ({chunks(run.chunks)})", f"{same} unchanged", f"{failed} failed"]
    if skipped:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(skipped.items()))
        parts.append(f"{skipped.total()} skipped ({reasons})")
    rate = f", {run.chunks / max(secs, 0.001):,.0f} chunks a second" if run.chunks else ""
    command.stdout.write(f"{', '.join(parts)}. It took {secs:.1f} s{rate}.")
    command.stdout.write(how_found())
    if done and unlabelled:
        command.stdout.write(_NO_LABEL)
    if done:
        command.stdout.write('See what a question finds: manage.py retrieve "…"')


def chunks(count: int) -> str:
    return f"{count:,} chunk{'' if count == 1 else 's'}"


def how_found() -> str:
    """Whether searches go by words alone, and why."""
    try:
        chosen = vectoring.provider()
    except NotChosen as error:
        why = str(error) or "LAKEHOUSE_EMBEDDING names no provider."
        return f"Retrieval is lexical only: {why}"
    space = vectoring.present_space()
    total = Chunk.objects.count()
    with_vectors = Chunk.objects.filter(space=space).count() if space else 0
    named = str(space) if space else f"{chosen.endpoint.name}/{chosen.model}"
    text = f"Retrieval is hybrid: {with_vectors:,} of {chunks(total)} have vectors by {named}."
    if with_vectors < total:
        text += " For the others that its clearance lets it see: manage.py ingest --embed"
    return text


def refuse_failures(command: BaseCommand, run: Ingestion, left: int) -> None:
    """Lists them. Raises CommandError when there are any, or some were `left`."""
    if not (run.failures or left):
        return
    table = Table("Failed", "Why, and what to do")
    for each in run.failures:
        table.add_row(escape(_plain(each.source)), escape(each.problem))
    console(command.stdout).print(table)
    rest = f" One after another failed for want of vectors: {left} were left." if left else ""
    raise CommandError(
        f"{len(run.failures)} failed; nothing of them is half stored.{rest} Mend what is wrong and "
        "give the same command again."
    )


def _plain(name: str) -> str:
    """A file's name on one line; what no terminal shows is a question mark."""
    return "".join(c if c.isprintable() else "?" for c in name)
