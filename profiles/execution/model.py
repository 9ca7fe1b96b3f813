"""An execution profile as it is stored. Every field but the name has a default."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from profiles import checks, parameters
from profiles.base import Profile, invariants
from profiles.execution import validators as answer_validators
from profiles.execution.names import taken_by_a_provider
from profiles.kinds import Kind
from profiles.revisions import tracked
from providers.models import Provider
from providers.validators import one_line

LONGEST_PROMPT = 200_000
_RANGES = {f: r for f, r in parameters.RANGES.items() if f != "seed"}  # a bigint bounds itself


def _choices() -> list[tuple[str, str]]:
    return [(effort, effort) for effort in parameters.EFFORTS]


def _validators() -> list[tuple[str, str]]:
    """What an earlier migration names."""
    return list(answer_validators.VALIDATORS.items())


def _number(field: str, help_text: str) -> "models.FloatField[float | None, float | None]":
    validators = checks.between(*parameters.RANGES[field])
    return models.FloatField(null=True, blank=True, validators=validators, help_text=help_text)


def _count(field: str, help_text: str) -> "models.PositiveIntegerField[int | None, int | None]":
    validators = checks.between(*parameters.RANGES[field])
    return models.PositiveIntegerField(
        null=True, blank=True, validators=validators, help_text=help_text
    )


def _companion(model: str, what: str) -> "models.ForeignKey[str | None, str | None]":
    return models.ForeignKey(
        model,
        to_field="name",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=f"The {what} profile that goes with it. Empty: the live one.",
    )


@tracked("ExecutionRevision")
class ExecutionProfile(Profile):
    kind = Kind.EXECUTION

    provider = models.ForeignKey(
        Provider,
        to_field="name",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who answers. Empty: whoever the call's model or the ladder names.",
    )
    model = models.CharField(
        max_length=200,
        blank=True,
        validators=[one_line],
        help_text="The provider's own name for it. Empty: the provider's default model.",
    )
    temperature = _number("temperature", "0 to 2. A call's own value wins, here and below.")
    top_p = _number("top_p", "0 to 1.")
    top_k = _count("top_k", "Only the likeliest so many tokens.")
    max_output_tokens = _count("max_output_tokens", "The limit where a call sets none.")
    presence_penalty = _number("presence_penalty", "-2 to 2.")
    frequency_penalty = _number("frequency_penalty", "-2 to 2.")
    seed = models.BigIntegerField(null=True, blank=True, help_text="For repeatable answers.")
    stop = ArrayField(
        models.CharField(max_length=parameters.LONGEST_STOP),
        default=list,
        blank=True,
        validators=[parameters.stops],
        help_text="Texts that end an answer.",
    )
    reasoning_effort = models.CharField(
        max_length=10, blank=True, choices=_choices, help_text="How long to think."
    )
    system_prompt = models.TextField(
        blank=True,
        validators=[checks.plain, checks.up_to(LONGEST_PROMPT)],
        help_text="Placed before the caller's own, as it is: no template is filled in.",
    )
    output_floor = models.PositiveIntegerField(
        default=0,
        validators=checks.between(0, 1_000_000),
        help_text="A lower output limit is raised to this, and the caller is told. 0: no floor.",
    )
    ladder = models.ForeignKey(
        "profiles.Ladder",
        to_field="name",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="What is tried when the provider fails.",
    )
    validators = models.JSONField(
        default=list,
        blank=True,
        validators=[answer_validators.check],
        help_text="What an answer must pass; a ladder's rung can hand on those that do not.",
    )
    task_class = models.CharField(
        max_length=63,
        blank=True,
        validators=[one_line],
        help_text="Which truth rules apply besides those for every task.",
    )
    retrieval = _companion("profiles.RetrievalProfile", "retrieval")
    memory = _companion("profiles.MemoryProfile", "memory")
    observer = _companion("profiles.ObserverProfile", "observer")

    class Meta(Profile.Meta):
        constraints = [
            *invariants("execution"),
            *(checks.in_range(f, *r, f"execution_{f}_is_in_range") for f, r in _RANGES.items()),
            checks.in_range("output_floor", 0, 1_000_000, "execution_output_floor_is_in_range"),
        ]

    def clean(self) -> None:
        super().clean()
        if self._state.adding and (text := taken_by_a_provider(self.name)):
            raise ValidationError({"name": text})
