"""Asking for activations and running them here, in the test's own thread."""

from typing import Any

from profiles.activation.activate import request
from profiles.activation.model import Activation
from profiles.activation.record import steps_of
from profiles.activation.run import run
from profiles.base import Profile
from profiles.kinds import model_of


def made(kind: str = "execution", name: str = "a", **values: Any) -> Profile:
    """The profile with these values, saved: a new one, or a new draft of it."""
    model = model_of(kind)
    profile = model.objects.filter(name=name).first() or model(name=name)
    for field, value in values.items():
        setattr(profile, profile._meta.get_field(field).attname, value)  # type: ignore[union-attr]
    profile.save()
    return profile


def asked(kind: str = "execution", name: str = "a", **more: Any) -> Activation:
    return request(kind, name, who=more.pop("who", "ann"), via="rest", **more)


def ran(activation: Activation) -> Activation:
    run(str(activation.pk))
    return Activation.objects.get(pk=activation.pk)


def activated(kind: str = "execution", name: str = "a", **values: Any) -> Activation:
    """The ended activation of a profile with these values."""
    made(kind, name, **values)
    return ran(asked(kind, name))


def live(kind: str = "execution") -> list[str]:
    """What is live, as name@revision; never more than one."""
    rows = model_of(kind).objects.live()
    return [f"{row.name}@{row.activated_revision}" for row in rows]


def results(activation: Activation) -> dict[str, str]:
    return {step.name: step.result for step in steps_of(activation)}


def detail(activation: Activation, name: str) -> str:
    return next(step.detail for step in steps_of(activation) if step.name == name)
