"""An execution profile as a call uses it: one immutable value, and how it shapes a request."""

from collections.abc import Mapping
from typing import Any

import msgspec

from profiles.execution.validators import Named, named
from profiles.parameters import Parameters, as_defaults
from providers.endpoint import Endpoint
from providers.messages import Request, Segment


class Execution(msgspec.Struct, frozen=True):
    """An activated revision. `provider`, `model`, `ladder` and companions are "" where open."""

    name: str
    revision: int
    provider: str = ""
    model: str = ""
    parameters: Parameters = Parameters()
    system_prompt: str = ""
    output_floor: int = 0
    ladder: str = ""
    validators: tuple[Named, ...] = ()
    task_class: str = ""
    retrieval: str = ""
    memory: str = ""
    observer: str = ""

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}"


def of(name: str, revision: int, values: Mapping[str, Any]) -> Execution:
    """From a revision's values.

    Raises msgspec.ValidationError, and Django's, when they are not usable.
    """
    texts = (
        *("provider", "model", "system_prompt", "ladder"),
        *("task_class", "retrieval", "memory", "observer"),
    )
    return Execution(
        name=name,
        revision=revision,
        parameters=Parameters.of(values),
        output_floor=int(values["output_floor"]),
        validators=named(values["validators"]),
        **{field: values[field] or "" for field in texts},
    )


def shaped(request: Request, profile: Execution) -> Request:
    """The request with the profile's parameters as defaults, and its prompt before the caller's."""
    request = as_defaults(request, profile.parameters)
    if not profile.system_prompt:
        return request
    system = (Segment(profile.system_prompt), *request.system)
    return msgspec.structs.replace(request, system=system)


def with_floor(endpoint: Endpoint, profile: Execution) -> Endpoint:
    """The endpoint with the higher of both output floors."""
    if profile.output_floor <= endpoint.min_output_tokens:
        return endpoint
    return msgspec.structs.replace(endpoint, min_output_tokens=profile.output_floor)
