"""A file's end, in one transaction: its state, its cost, and its findings with verdicts."""

import msgspec
from django.db import transaction
from django.db.models.functions import Now

from lakehouse.audit.claims import Claim
from lakehouse.audit.grounding import Ground, Grounded
from lakehouse.audit.grounding import Grounding as Verdict
from lakehouse.audit.models import AuditFile, AuditRun, Finding
from lakehouse.audit.models.finding import values_of
from lakehouse.audit.source import Source

_MOST_EXCERPT = 40  # lines


class Gone(Exception):
    """The audit was cancelled or deleted meanwhile: nothing more is written of it."""


def store(
    file: AuditFile, claims: list[Claim], troubles: list[tuple[str, Source]], ground: Ground
) -> None:
    """`troubles` are pieces that could not be audited, each with why. Raises Gone."""
    judged = [(claim, ground.judge(claim)) for claim in claims]
    findings = [_finding(file, grounded, ground) for _, grounded in judged]
    findings += [_not_audited(file, why, piece) for why, piece in troubles]
    file.claims = msgspec.to_builtins(claims)
    with transaction.atomic():
        rows = AuditRun.objects.select_for_update(of=("self",)).filter(pk=file.run_id)
        if not rows.filter(state=AuditRun.State.RUNNING).exists():
            raise Gone
        file.finished_at = Now()  # the database's
        file.save(
            update_fields=[
                *("state", "claims", "asks", "input_tokens", "output_tokens", "cost", "note"),
                "finished_at",
            ]
        )
        Finding.objects.bulk_create(findings)
        AuditRun.objects.filter(pk=file.run_id).update(runners=1)
    file.refresh_from_db(fields=["finished_at"])


def _finding(file: AuditFile, grounded: Grounded, ground: Ground) -> Finding:
    made = Finding(run_id=file.run_id, file=file, **values_of(grounded))
    if grounded.verdict is Verdict.GROUNDED:
        made.excerpt = ground.excerpt(grounded, _MOST_EXCERPT)
    return made


def _not_audited(file: AuditFile, why: str, piece: Source) -> Finding:
    start = 1 if not piece.blocks else piece.blocks[0].start
    return Finding(
        run_id=file.run_id,
        file=file,
        kind=Finding.Kind.NOT_AUDITED,
        path=file.path,
        start=start,
        end=max(start, piece.last),
        claim=why,
    )
