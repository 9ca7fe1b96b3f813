"""A ladder and its rungs as they are stored. A change is in force at once, as a provider's is.

A provider that may not be called unattended can never be on one: the form, REST and
import refuse it (`Rung.clean`), the database refuses it from both sides (the triggers
of migration 0002), and a call refuses it again (`lakehouse/gateway/climb.py`).
"""

from collections.abc import Collection
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.lookups import Exact

from profiles import checks, parameters
from profiles.named import Named
from providers.errors import ErrorKind
from providers.models import Provider
from providers.validators import one_line

MOST_RUNGS = 9
LONGEST_DEADLINE = 3600


def not_unattended(provider: str) -> str:
    """What every door says."""
    return (
        f"{provider} may not be called unattended, so it cannot be on a ladder: its vendor's terms "
        "admit only calls that a person asked for by name. Choose another provider."
    )


class BadAnswer(models.TextChoices):
    EMPTY = "empty", "no content"
    LENGTH = "length", "cut off by the limit before any content"
    INVALID = "invalid", "failed validation"


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, kind.value) for kind in ErrorKind]


class Ladder(Named):
    """The ordered list of tries after the first, at most nine."""

    deadline_secs = models.FloatField(
        default=600.0,
        validators=checks.between(0.1, LONGEST_DEADLINE),
        help_text="Seconds within which an answer must begin, over all tries. Each may take half "
        "of what is left, the last all of it.",
    )

    objects: ClassVar[models.Manager["Ladder"]] = models.Manager()

    class Meta(Named.Meta):
        abstract = False
        constraints = [
            checks.in_range(
                "deadline_secs", 0.1, LONGEST_DEADLINE, "ladder_deadline_is_at_most_an_hour"
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[a-z][a-z0-9_-]*$"),
                name="ladder_name_is_lowercase",
                violation_error_message=checks.NAME,
            ),
        ]


class Rung(models.Model):
    """One try: a provider and model, and which failures of it lead on to the next."""

    BadAnswer = BadAnswer

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="rungs")
    position = models.PositiveSmallIntegerField(
        validators=checks.between(1, MOST_RUNGS), help_text="1 is tried first, 9 last."
    )
    provider = models.ForeignKey(
        Provider,
        to_field="name",
        on_delete=models.PROTECT,
        related_name="rungs",
        help_text="One that may be called unattended.",
    )
    model = models.CharField(
        max_length=200,
        blank=True,
        validators=[one_line],
        help_text="The provider's own name for it. Empty: the provider's default model.",
    )
    parameters = models.JSONField(
        default=dict,
        blank=True,
        validators=[parameters.check_overrides],
        help_text='Used in place of the call\'s own, like {"temperature": 0}. '
        f"Known: {', '.join(parameters.NAMES)}.",
    )
    on_errors = ArrayField(
        models.CharField(max_length=40, choices=_kinds),
        default=list,
        blank=True,
        help_text="Kinds of error that lead on to the next rung. Empty: all that another provider "
        "might not have. Refusals (content_filter) lead on only where they are named.",
    )
    on_answers = ArrayField(
        models.CharField(max_length=10, choices=BadAnswer.choices),
        default=list,
        blank=True,
        help_text="Bad answers that lead on: empty, length (cut off with no content), invalid.",
    )

    class Meta:
        ordering = ("ladder", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["ladder", "position"],
                name="one_rung_a_position",
                deferrable=models.Deferrable.DEFERRED,
                violation_error_message="Two rungs of a ladder cannot have the same position.",
            ),
            models.CheckConstraint(
                condition=Q(position__range=(1, MOST_RUNGS)),
                name="a_ladder_has_at_most_nine_rungs",
                violation_error_message=f"A ladder has at most {MOST_RUNGS} rungs.",
            ),
            models.CheckConstraint(
                condition=Exact(
                    Func("parameters", function="jsonb_typeof", output_field=models.TextField()),
                    Value("object"),
                ),
                name="the_parameters_of_a_rung_are_an_object",
                violation_error_message=parameters.NO_OBJECT,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} of {self.ladder.name}"

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        if self.parameters in (None, "", [], ()):
            self.parameters = {}  # what is empty, no validator sees
        super().clean_fields(exclude)

    def clean(self) -> None:
        super().clean()
        named = Provider.objects.filter(name=self.provider_id).first()
        if named is not None and not named.unattended:
            raise ValidationError({"provider": not_unattended(named.name)})
