"""Documents that are pending though no job waits for them: their worker died."""

from datetime import timedelta

from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateJob

from profiles.retrieval import job, storing
from profiles.retrieval.claiming import alone, number_of
from profiles.retrieval.document import Document

PENDING_SECS = 60  # a job is fetched within a fraction of a second, unless many wait
MOST_WORKERS = 3
_MOST = 1000
_GIVEN_UP = (
    f"{MOST_WORKERS} workers stopped while they read it. What was searched before still is. See "
    "the workers' logs; give it split, or as plain text."
)


def pick_up() -> int:
    """Puts a job into the queue for each; how many. Fails those that workers die of."""
    late = Document.objects.filter(
        state=Document.State.PENDING, updated__lt=Now() - timedelta(seconds=PENDING_SECS)
    )
    asked = {job.name(found.pk): found for found in late.defer("raw", "text")[:_MOST]}
    jobs = ProcrastinateJob.objects.filter(queueing_lock__in=asked)
    begun: dict[str, int] = dict.fromkeys(asked, 0)
    for name, status in jobs.values_list("queueing_lock", "status"):
        if status == "todo":
            begun.pop(str(name), None)
        elif status == "doing" and name in begun:
            begun[name] += 1
    return sum(_pick_up(asked[name], workers) for name, workers in begun.items())


def _pick_up(document: Document, workers: int) -> int:
    with alone(number_of(document.pk)) as mine:
        if not mine:
            return 0
        if workers >= MOST_WORKERS:
            storing.fail(document, _GIVEN_UP)
            return 0
        job.ingest(document.pk)
        return 1
