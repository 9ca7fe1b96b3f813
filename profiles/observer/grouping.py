"""Failed calls as clusters: the same ones whatever order the calls come in. No Django here."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from profiles.observer.fingerprint import Failed, fingerprint, fingerprint_of_others, normal
from providers.redact import redact

LONGEST_MODEL = 300  # the column's
OTHERS = "Other failures: there were too many kinds to keep each."


class Event(msgspec.Struct, frozen=True):
    """`seen` is when the call failed, `started` when it began."""

    id: UUID
    started: datetime
    seen: datetime
    failed: Failed


class Group(msgspec.Struct):
    """The events of one fingerprint."""

    fingerprint: str
    provider: str
    model: str
    error_kind: str
    message: str
    revision: str
    events: list[Event]

    @property
    def first_seen(self) -> datetime:
        return min(event.seen for event in self.events)

    @property
    def last_seen(self) -> datetime:
        return max(event.seen for event in self.events)


def grouped(events: Iterable[Event]) -> dict[str, Group]:
    """By fingerprint, in the fingerprints' order."""
    found: dict[str, Group] = {}
    known: dict[Failed, str] = {}  # a storm says the same again and again
    for event in events:
        failed = event.failed
        if failed not in known:
            known[failed] = fingerprint(failed)
        if (group := found.get(known[failed])) is None:
            group = found[known[failed]] = Group(
                known[failed],
                failed.provider,
                redact(failed.model)[:LONGEST_MODEL],
                failed.error_kind,
                normal(failed.message),
                failed.revision,
                [],
            )
        group.events.append(event)
    return dict(sorted(found.items()))


def folded(groups: Iterable[Group]) -> dict[str, Group]:
    """What has no cluster of its own, as one group a provider."""
    found: dict[str, Group] = {}
    for group in groups:
        name = fingerprint_of_others(group.events[0].failed)
        if name not in found:
            found[name] = Group(name, group.provider, "", "", OTHERS, "", [])
        found[name].events += group.events
    return dict(sorted(found.items()))
