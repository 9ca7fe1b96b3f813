"""What was asked once is not asked again: by content, provider, model and prompt revision."""

import hashlib

from lakehouse.audit.models import AuditFile, AuditRun
from lakehouse.audit.prompting import shown
from lakehouse.audit.source import Source


def key(source: Source) -> str:
    """Of all that a model is shown of a file, its path and which lines changed among it."""
    return hashlib.sha256(f"{source.whole}\n{shown(source)}".encode()).hexdigest()


def earlier(file: AuditFile, run: AuditRun) -> AuditFile | None:
    """The newest file of an audit that got a whole answer to the same question."""
    found = AuditFile.objects.filter(
        content_hash=file.content_hash,
        state=AuditFile.State.DONE,
        run__provider=run.provider,
        run__model=run.model,
        run__prompt_revision=run.prompt_revision,
        note="",
    )
    return found.order_by("-finished_at").first()
