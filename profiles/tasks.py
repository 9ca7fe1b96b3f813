"""The background jobs of profiles, run by `manage.py worker`."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from profiles.activation import takeover
from profiles.activation.job import TASK
from profiles.activation.network import Network
from profiles.activation.run import run
from profiles.embedding.space import Space
from profiles.memory import forgetting, staleness
from profiles.retrieval import abandoned, counting, indexing, job
from profiles.retrieval.ingesting import Later, Stopped, ingest


@app.task(name=TASK, pass_context=True)
def run_activation(context: JobContext, activation: str) -> None:
    """One activation, from its claim to its end."""
    run(activation, context.should_abort)


@app.periodic(cron="* * * * * */2")
@app.task(queueing_lock="look_after_activations", pass_context=False)
def look_after_activations(timestamp: int) -> int:
    """Every two seconds: what a dead worker left is taken over; how many."""
    return takeover.look_after()


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="forget_unused_sessions", pass_context=False)
def forget_unused_sessions(timestamp: int) -> int:
    """Every night: sessions stay LAKEHOUSE_KEEP_CALLS_DAYS after their last use; how many went."""
    return forgetting.forget_unused()


@app.periodic(cron="23 3 * * *")
@app.task(queueing_lock="mark_stale_playbooks", pass_context=False)
def mark_stale_playbooks(timestamp: int) -> int:
    """Every night: playbooks whose documents changed since their last review; how many."""
    return staleness.mark_stale()


# After 4, 16, 64 and 256 seconds; then it stays failed until a person looks.
_PATIENCE = RetryStrategy(max_attempts=4, exponential_wait=4, retry_exceptions=[Later])


@app.task(name=job.INGEST, pass_context=True, retry=_PATIENCE)
def ingest_document(context: JobContext, document: str) -> None:
    """One document: read, cut, given vectors, stored."""
    with Network() as network:
        try:
            ingest(UUID(document), network, stopping=context.should_abort)
        except Stopped:
            job.ingest(UUID(document))


@app.task(name=job.RECOUNT, queueing_lock="recount", pass_context=False)
def recount_lexemes() -> None:
    """After documents came, went or were relabelled: what searches weigh words by."""
    counting.recount()


@app.task(name=job.INDEX, pass_context=False)
def index_vectors(space: int) -> None:
    """Once a space has enough vectors for an index to pay."""
    indexing.ensure(Space.objects.get(pk=space))


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="pick_up_documents", pass_context=False)
def pick_up_documents(timestamp: int) -> int:
    """Every minute: documents that a dead worker left are ingested after all; how many."""
    return abandoned.pick_up()


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="look_after_counts", pass_context=False)
def look_after_counts(timestamp: int) -> bool:
    """Every ten minutes: chunks that were changed past us are counted, too."""
    return counting.look_after()
