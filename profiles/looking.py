"""A search as people try it: what a call by this caller would be given, and why.

By REST and by command alike. Calls make the same steps (`retrieval/search.py`) themselves.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from profiles import live
from profiles.activation.network import Network
from profiles.embedding.chosen import NotChosen
from profiles.embedding.of_query import note, space_id, vector_of
from profiles.memory.boosting import boosts
from profiles.memory.policy import Memory
from profiles.memory.recalling import recall
from profiles.retrieval.policy import Retrieval
from profiles.retrieval.search import Found, Query, candidates, chosen_passages, reranked
from providers.endpoint import Clearance, Endpoint, rank
from providers.models import Provider
from providers.suggest import shown, suggestion

Value = TypeVar("Value")

DEFAULTS = Retrieval(name="", revision=0)


class Refused(Exception):
    """What was asked for cannot be: `field` says which part of it, the text why."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class Asked(msgspec.Struct, frozen=True):
    """`clearance` is the caller's; `allowed` says whether he may use the provider of a name.

    `provider` is whom the passages would go to, "" for nobody in particular. `sensitivity` is
    the query's own label. `top` is in place of the profile's rerank_top_k.
    """

    text: str
    clearance: Clearance
    allowed: Callable[[str], bool]
    profile: str = ""
    memory: str = ""
    provider: str = ""
    sensitivity: Clearance = "public"
    top: int | None = None


class Looked(msgspec.Struct, frozen=True):
    """What was found, and under which limit and profiles ("" where none is live)."""

    found: Found
    limit: Clearance
    profile: str
    memory: str


def look(asked: Asked) -> Looked:
    """Raises Refused."""
    endpoints = {p.name: p.endpoint() for p in Provider.objects.select_related("listing")}
    stored = live.load(live.Profiles())
    profile = _named("profile", asked.profile, stored.retrieval, stored.live_retrieval)
    memory = _named("memory", asked.memory, stored.memory, stored.live_memory)
    limit = _limit(asked, endpoints, profile or DEFAULTS)
    notes = () if profile else ("No retrieval profile is live: these are the defaults.",)
    found = _found(asked, endpoints, rank(limit), _sized(profile or DEFAULTS, asked.top), memory)
    found = msgspec.structs.replace(found, notes=notes + found.notes)
    return Looked(found, limit, str(profile or ""), str(memory or ""))


def _found(
    asked: Asked,
    endpoints: Mapping[str, Endpoint],
    limit: int,
    profile: Retrieval,
    memory: Memory | None,
) -> Found:
    notes: tuple[str, ...] = ()
    vector, space = None, None
    with Network() as network:
        transport = network.transport
        text_rank = rank(asked.sensitivity)
        try:
            chosen, vector = network.ask(
                vector_of(transport, endpoints, asked.text, text_rank, asked.allowed)
            )
            space = space_id(chosen, len(vector))
        except NotChosen as error:
            notes, vector = (note(error),), None
        query = Query(asked.text, limit, vector=vector, space=space, text_rank=text_rank)
        if memory is not None:
            query = _remembered(query, profile, memory)
        listed = candidates(query, profile)
        ranked = network.ask(reranked(transport, endpoints, query, listed, profile, asked.allowed))
    found = chosen_passages(query, ranked, profile)
    return msgspec.structs.replace(found, notes=notes + found.notes)


def _remembered(query: Query, profile: Retrieval, memory: Memory) -> Query:
    """With what memory does to scores: playbooks lift what they cite, stale documents sink."""
    days = memory.doc_staleness_days
    near = recall(query.text, query.limit, query.vector, query.space, stale_days=days)
    lifted = boosts(near, profile.playbook_boost, memory.playbook_boost_ceiling)
    return msgspec.structs.replace(query, boosts=lifted, stale_days=days)


def _named(field: str, name: str, stored: Mapping[str, Value], live: Value | None) -> Value | None:
    if not name:
        return live
    if name not in stored:
        told = f'No {"retrieval" if field == "profile" else field} profile "{shown(name)}" was '
        raise Refused(field, f"{told}ever activated. {suggestion(name, stored)}")
    return stored[name]


def _limit(asked: Asked, endpoints: Mapping[str, Endpoint], profile: Retrieval) -> Clearance:
    """The lowest of the caller's clearance, the provider's and the profile's gate."""
    limits: list[Clearance] = [asked.clearance, profile.sensitivity_gate]
    if asked.provider:
        usable = {name: e for name, e in endpoints.items() if asked.allowed(name)}
        if asked.provider not in usable:
            told = f'There is no provider "{shown(asked.provider)}" that this caller may use.'
            raise Refused("provider", f"{told} {suggestion(asked.provider, usable)}")
        limits.append(usable[asked.provider].clearance)
    return min(limits, key=rank)


def _sized(profile: Retrieval, top: int | None) -> Retrieval:
    if top is None:
        return profile
    return msgspec.structs.replace(profile, rerank_top_k=top, top_k=max(profile.top_k, top))
