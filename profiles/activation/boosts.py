"""No playbook boost above the ceiling of the memory profile that it runs with.

A retrieval and a memory profile run together as the live ones, or because an activated
execution profile names one of them or both.
"""

from collections.abc import Iterator
from typing import NamedTuple

from profiles.activation.activated import activated
from profiles.activation.target import Target
from profiles.kinds import Kind


class World(NamedTuple):
    """What is activated, by name, and what of it is live ("": none).

    `companions` are what execution profiles name: retrieval and memory, "" for the live one.
    """

    boosts: dict[str, float]
    ceilings: dict[str, float]
    companions: dict[str, tuple[str, str]]
    live_retrieval: str
    live_memory: str


class Pair(NamedTuple):
    """A retrieval and a memory profile that run together, for an execution profile or as live."""

    execution: str
    retrieval: str
    memory: str


def concern(target: Target) -> bool:
    """Whether the activation can bring such a pair together."""
    if target.kind is Kind.EXECUTION:
        return bool(target.values["retrieval"] or target.values["memory"])
    return target.kind in (Kind.RETRIEVAL, Kind.MEMORY)


def complaints(target: Target) -> Iterator[str]:
    """Of each pair with the target in it whose boost would be too high."""
    if not concern(target):
        return
    world = after(present(), target)
    for pair in sorted(set(pairs(world))):
        boost, ceiling = world.boosts.get(pair.retrieval), world.ceilings.get(pair.memory)
        if boost is None or ceiling is None or boost <= ceiling or not _is_in(target, pair):
            continue
        why = f"for the execution profile {pair.execution}" if pair.execution else "as live ones"
        yield (
            f"The playbook boost {boost:g} of the retrieval profile {pair.retrieval} is above the "
            f"ceiling {ceiling:g} of the memory profile {pair.memory}, and the two run together "
            f"{why}. Lower the boost or raise the ceiling, and activate that first."
        )


def pairs(world: World) -> Iterator[Pair]:
    yield Pair("", world.live_retrieval, world.live_memory)
    for name, (retrieval, memory) in world.companions.items():
        yield Pair(name, retrieval or world.live_retrieval, memory or world.live_memory)


def after(world: World, target: Target) -> World:
    """The world with the target live."""
    values = target.values
    if target.kind is Kind.RETRIEVAL:
        boosts = world.boosts | {target.name: values["playbook_boost"]}
        return world._replace(boosts=boosts, live_retrieval=target.name)
    if target.kind is Kind.MEMORY:
        ceilings = world.ceilings | {target.name: values["playbook_boost_ceiling"]}
        return world._replace(ceilings=ceilings, live_memory=target.name)
    named = {target.name: (values["retrieval"] or "", values["memory"] or "")}
    return world._replace(companions=world.companions | named)


def present() -> World:
    """As the database has it now."""
    boosts = activated(Kind.RETRIEVAL, "playbook_boost")
    ceilings = activated(Kind.MEMORY, "playbook_boost_ceiling")
    executions = activated(Kind.EXECUTION, "retrieval_id", "memory_id")
    return World(
        boosts={name: boost for name, _, boost in boosts},
        ceilings={name: ceiling for name, _, ceiling in ceilings},
        companions={name: (r or "", m or "") for name, _, r, m in executions},
        live_retrieval=next((name for name, live, _ in boosts if live), ""),
        live_memory=next((name for name, live, _ in ceilings if live), ""),
    )


def _is_in(target: Target, pair: Pair) -> bool:
    named: str = getattr(pair, target.kind.value)
    return target.name == named
