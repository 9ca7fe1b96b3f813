"""Which retrieval and memory profile a call gets: named, the execution profile's, or live."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from lakehouse.errors import ApiError
from lakehouse.gateway.dialect.body import ChatBody
from lakehouse.gateway.live import Snapshot
from lakehouse.gateway.route import near
from profiles.execution.policy import Execution
from profiles.kinds import Kind
from profiles.memory.policy import Memory
from profiles.observer.policy import Observer
from profiles.retrieval.policy import Retrieval
from providers.suggest import shown

Policy = TypeVar("Policy", Retrieval, Memory)


class Companions(msgspec.Struct, frozen=True):
    """None where a call gets none."""

    retrieval: Retrieval | None = None
    memory: Memory | None = None
    observer: Observer | None = None  # the execution profile's own

    @property
    def adds(self) -> bool:
        """Whether the call is given more than its own words."""
        return self.retrieval is not None or self.memory is not None

    @property
    def revisions(self) -> dict[str, str]:
        found = {"retrieval": self.retrieval, "memory": self.memory}
        return {kind: str(policy) for kind, policy in found.items() if policy is not None}


def companions(snapshot: Snapshot, profile: Execution | None, body: ChatBody) -> Companions:
    """Raises ApiError: 404 (no such profile), 400 (a session without a memory profile)."""
    profiles, live = snapshot.profiles, snapshot.profiles.live
    retrieval = _chosen(
        body.retrieval,
        profiles.retrieval,
        Kind.RETRIEVAL,
        profile.retrieval if profile else "",
        live.get(Kind.RETRIEVAL, ""),
    )
    memory = _chosen(
        body.memory,
        profiles.memory,
        Kind.MEMORY,
        profile.memory if profile else "",
        live.get(Kind.MEMORY, ""),
    )
    if memory is None and body.session_id is not None:
        raise _none_live(Kind.MEMORY, "A session is kept as a memory profile says, and", "memory")
    observer = profiles.observer.get(profile.observer) if profile and profile.observer else None
    return Companions(retrieval, memory, observer)


def _chosen(
    said: str | bool | None, activated: Mapping[str, Policy], kind: Kind, companion: str, live: str
) -> Policy | None:
    """`said` is the request's: a name, false for none, true for the one that there must be."""
    if said is False:
        return None
    found = _found(activated, kind, said if isinstance(said, str) else "", companion, live)
    if found is None and said is True:
        raise _none_live(kind, f"{kind} is true, but", str(kind))
    return found


def _found(
    activated: Mapping[str, Policy], kind: Kind, named: str, companion: str, live: str
) -> Policy | None:
    if named and named != "live":
        if named not in activated:
            text = f'No activated {kind} profile is named "{shown(named)}".'
            text += near(named, list(activated))
            raise ApiError(404, "profile_not_found", text, param=str(kind))
        return activated[named]
    if named == "live" and live not in activated:
        raise _none_live(kind, "", str(kind))
    return activated.get((named != "live" and companion) or live)


def _none_live(kind: Kind, why: str, param: str) -> ApiError:
    text = f"{why} no {kind} profile is live. Activate one, or name one that is activated."
    return ApiError(400, f"no_{kind}_profile", text.strip(), param=param)
