"""The verb: a person asks for an audit. For admin, REST and the command alike."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction

from lakehouse.audit import caching, job
from lakehouse.audit.gathering import Gathered
from lakehouse.audit.models import AuditFile, AuditRun
from lakehouse.audit.prompting import PROMPT_REVISION
from profiles import live
from profiles.execution.policy import Execution
from providers import adapters
from providers.endpoint import LABELS, Clearance, above, rank
from providers.models import Provider
from providers.suggest import shown, suggestion

DEFAULT_LABEL: Clearance = "internal"
EVERYTHING = rank("")


class Asked(msgspec.Struct, frozen=True):
    """Who shall look, and at what label. `profile` is an execution profile's name, "" for none.

    `limit` is the rank up to which the asker may label; `may_use` tells their providers.
    """

    provider: str
    model: str = ""
    profile: str = ""
    label: str = DEFAULT_LABEL
    limit: int = EVERYTHING
    may_use: Callable[[str], bool] = lambda _: True


def start(gathered: Gathered, asked: Asked, *, who: str, via: str, queue: bool = True) -> AuditRun:
    """The audit, pending; with `queue`, a worker's job is put in the same transaction.

    A provider that is not to be called unattended may be named: a person does so here.
    Raises ValidationError by field.
    """
    profile = _profile(asked)
    provider, model = _provider(asked, profile)
    notes = []
    if profile is not None and profile.ladder:
        notes.append(
            f"The profile's ladder {profile.ladder} is not climbed: an audit asks the provider "
            "that was named, and no other."
        )
    with transaction.atomic():
        run: AuditRun = AuditRun.objects.create(
            kind=gathered.kind,
            scope=gathered.scope,
            revision=gathered.revision,
            provider=provider.name,
            model=model,
            profile="" if profile is None else str(profile),
            prompt_revision=" ".join([PROMPT_REVISION, *([str(profile)] if profile else [])]),
            label=asked.label,
            requested_by=who,
            requested_via=via,
            uncovered=msgspec.to_builtins(gathered.uncovered),
            note=" ".join(notes),
        )
        AuditFile.objects.bulk_create(
            AuditFile(
                run=run,
                position=position,
                path=source.path,
                source=msgspec.to_builtins(source),
                content_hash=caching.key(source),
                line_count=sum(len(block.lines) for block in source.blocks),
            )
            for position, source in enumerate(gathered.sources)
        )
        if queue:
            job.put(run)
    return run


def profile_named(name: str) -> Execution | None:
    """An execution profile as traffic gets it: its activated revision."""
    return live.load(live.Profiles()).execution.get(name)


def _profile(asked: Asked) -> Execution | None:
    if not asked.profile:
        return None
    found = profile_named(asked.profile)
    if found is None:
        known = list(live.load(live.Profiles()).execution)
        raise _refusal(
            "profile",
            f'No activated execution profile is named "{shown(asked.profile)}". '
            f"{suggestion(shown(asked.profile), known)}",
        )
    if found.provider and found.provider != asked.provider:
        raise _refusal(
            "profile",
            f"The profile {found.name} is for {found.provider}, and the audit names "
            f"{shown(asked.provider)}. Name one that goes with it, or leave profile out.",
        )
    return found


def _provider(asked: Asked, profile: Execution | None) -> tuple[Provider, str]:
    usable = [name for name in Provider.objects.values_list("name", flat=True)]
    usable = [name for name in usable if asked.may_use(name)]
    row = Provider.objects.with_listing().filter(name__in=usable, name=asked.provider).first()
    if row is None:
        near = suggestion(shown(asked.provider), usable)
        raise _refusal("provider", f'No provider is named "{shown(asked.provider)}". {near}')
    if asked.label not in LABELS:
        raise _refusal(
            "sensitivity",
            f'There is no label "{shown(asked.label)}". {suggestion(shown(asked.label), LABELS)}',
        )
    if rank(asked.label) > asked.limit:
        may = " or ".join(label for label in LABELS if rank(label) <= asked.limit)
        raise _refusal("sensitivity", f"You may label with {may}.")
    if why := unusable(row, asked.label):
        raise _refusal("provider", why)
    model = asked.model or (profile.model if profile else "") or row.default_model
    model = model if model in row.endpoint().models else model.removeprefix(f"{row.name}/")
    if not model:
        text = f"{row.name} has no default model. Name one."
        raise _refusal("model", text)
    return row, model


def unusable(provider: Provider, label: str) -> str:
    """Why its content may not be sent there now, "" when it may."""
    if not provider.enabled:
        return f"{provider.name} is switched off. Enable it, or name another provider."
    if provider.kind not in adapters.KINDS:
        return f"{provider.name} is of the kind {provider.kind}, which this version lacks."
    endpoint = provider.endpoint()
    if above(_known(label), endpoint.clearance):
        return (
            f"{provider.name} may receive {endpoint.clearance} content at most, and this is "
            f"{label}. Name a provider with a higher clearance."
        )
    return ""


def _known(label: str) -> Clearance:
    return next((known for known in LABELS if known == label), "restricted")


def _refusal(field: str, text: str) -> ValidationError:
    told: Mapping[str, Any] = {field: [text.strip()]}
    return ValidationError(dict(told))
