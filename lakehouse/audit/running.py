"""The unit of work: one audit from where it stands to its end, file by file.

For the job and the command alike. One runner at a time, by the database's advisory lock,
which ends with its connection: whoever comes after a killed one goes on with the files
that are still waiting. Each file ends in one transaction, its findings with it.
"""

import logging
import os
import socket
from collections.abc import Callable
from uuid import UUID

from django.db import Error
from django.db.models import F
from django.db.models.functions import Coalesce, Now

from lakehouse.audit import caching, job, splitting
from lakehouse.audit.asking import Auditor, NotAudited, Tally
from lakehouse.audit.concluding import conclude
from lakehouse.audit.grounding import Ground
from lakehouse.audit.models import AuditFile, AuditRun
from lakehouse.audit.starting import profile_named, unusable
from lakehouse.audit.storing import Gone, store
from lakehouse.audit.watching import watched
from profiles.activation.lease import Lost
from profiles.activation.network import Network
from profiles.execution.policy import Execution
from profiles.retrieval.claiming import alone, number_of
from providers.endpoint import Endpoint
from providers.errors import ErrorKind
from providers.models import Provider

logger = logging.getLogger(__name__)

State = AuditRun.State
Told = Callable[[AuditFile], None]
MOST_RUNNERS = 3  # that may die at one file
MOST_IN_A_ROW = 3  # files that fail for no reason of their own: then it is no use to go on
# What the next file would fail with, too.
_NOT_THE_FILES = {
    kind.value
    for kind in (
        *(ErrorKind.AUTH, ErrorKind.PERMISSION, ErrorKind.GATE, ErrorKind.BILLING),
        *(ErrorKind.QUOTA, ErrorKind.MODEL_NOT_FOUND, ErrorKind.UNREACHABLE),
        *(ErrorKind.EGRESS, ErrorKind.SECRET),
    )
}


class NoUse(Exception):
    """The audit cannot go on; the text says why and what to do."""


def run(
    pk: UUID, *, stopping: Callable[[], bool] = lambda: False, told: Told = lambda _: None
) -> AuditRun | None:
    """The audit as it is then; None when it went. One that has ended is left alone.

    Whoever is second while another runs it leaves it to that one. When `stopping` turns
    true, or the database goes away, it is left for another runner.
    """
    with alone(number_of(pk)) as mine:
        row = _begun(pk) if mine else None
        if row is not None:
            try:
                with Network() as network, watched(row, network.stop, stopping):
                    _work(row, network, stopping, told)
            except (Lost, Gone):
                logger.info("audit %s was cancelled, or is left for another runner", pk)
            except Error as error:
                logger.warning("audit %s is left for another runner: %s", pk, error)
                raise
    found: AuditRun | None = AuditRun.objects.filter(pk=pk).first()
    if row is not None and found is not None and not found.ended and stopping():
        job.put(found)
    return found


def _begun(pk: UUID) -> AuditRun | None:
    rows = AuditRun.objects.open().filter(pk=pk)
    rows.filter(runners__gte=MOST_RUNNERS).update(
        state=State.FAILED,
        finished_at=Now(),
        error=f"{MOST_RUNNERS} runners stopped at the same file. See the workers' logs; to try it "
        "once more, have it go on.",
    )
    begun = rows.update(
        state=State.RUNNING,
        started_at=Coalesce("started_at", Now()),
        runner=f"{socket.gethostname()}:{os.getpid()}",
        runners=F("runners") + 1,
    )
    return AuditRun.objects.get(pk=pk) if begun else None


def _work(row: AuditRun, network: Network, stopping: Callable[[], bool], told: Told) -> None:
    """Raises Lost, Gone, and what a database that is away raises."""
    try:
        endpoint, profile = _asked(row)
        auditor = Auditor(network.transport, endpoint, row.model, profile)
        texts = [text for file in row.files.all() if (text := file.text) is not None]
        ground = Ground({text.path: text for text in texts})
        failed = 0
        for file in row.waiting():
            if stopping():
                raise Lost
            kind = _audit(file, row, network, auditor, ground)
            told(file)
            failed = failed + 1 if kind in _NOT_THE_FILES else 0
            if kind == ErrorKind.GATE or failed >= MOST_IN_A_ROW:
                raise NoUse(
                    f"It is no use to go on: {file.note} Mend that, then have the audit go on; "
                    "what is done is not asked again."
                )
    except NoUse as error:
        conclude(row, State.FAILED, str(error))
    except (Lost, Gone, Error):
        raise
    except Exception as error:
        logger.exception("audit %s", row.pk)
        why = f"It broke off with {type(error).__name__}, which should not happen. See the log."
        conclude(row, State.FAILED, why)
    else:
        if row.files.exists() and not row.files.exclude(state=AuditFile.State.FAILED).exists():
            why = "No file was audited; each says why. Mend that, then have the audit go on."
            conclude(row, State.FAILED, why)
        else:
            conclude(row, State.SUCCEEDED)


def _asked(row: AuditRun) -> tuple[Endpoint, Execution | None]:
    """Looked at anew: it may have changed since it was asked for. Raises NoUse."""
    provider = Provider.objects.with_listing().filter(name=row.provider).first()
    if provider is None:
        raise NoUse(f"There is no provider {row.provider} any more.")
    if why := unusable(provider, row.label):
        raise NoUse(why)
    if not row.profile:
        return provider.endpoint(), None
    profile = profile_named(row.profile.rpartition("@")[0])
    if profile is None or str(profile) != row.profile:
        raise NoUse(
            f"The execution profile {row.profile} is not activated any more. Ask for a new audit."
        )
    return provider.endpoint(), profile


def _audit(
    file: AuditFile, row: AuditRun, network: Network, auditor: Auditor, ground: Ground
) -> str:
    """Ends one file; the kind of failure, "" for none."""
    source = file.text
    if source is None:
        raise NoUse("Its texts are not kept any more. Ask for a new audit.")
    if (before := caching.earlier(file, row)) is not None:
        file.state, file.claims = AuditFile.State.CACHED, before.claims
        file.note = "Asked before, with this content: not asked again."
        store(file, file.claimed, [], ground)
        return ""
    tally, claims, troubles = Tally(), [], []
    for piece in splitting.pieces(source, auditor.budget):
        try:
            claims += network.ask(auditor.ask(piece, tally))
        except NotAudited as error:
            troubles.append((error, piece))
            if error.kind in _NOT_THE_FILES:
                break
    file.asks += tally.asks
    file.input_tokens += tally.input
    file.output_tokens += tally.output
    if tally.cost is not None:
        file.cost = (file.cost or 0) + tally.cost
    file.state = AuditFile.State.FAILED if troubles else AuditFile.State.DONE
    notes = [str(error) for error, _ in troubles] or tally.notes
    file.note = " ".join(dict.fromkeys(notes))
    store(file, claims, [(str(error), piece) for error, piece in troubles], ground)
    return troubles[-1][0].kind if troubles else ""
