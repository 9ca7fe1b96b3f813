"""A day's calls of one key, provider, model and profile, added up: kept when they are gone."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

# Upper ends of the latency buckets in milliseconds, each about a third above the one before;
# a last bucket takes what is longer. Percentiles are read from them.
BUCKETS_MS = (
    *(1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 56, 75, 100, 140, 200, 280, 400, 560, 750, 1000),
    *(1400, 2000, 2800, 4000, 5600, 7500, 10_000, 14_000, 20_000, 28_000, 40_000, 56_000),
    *(75_000, 100_000, 140_000, 200_000, 280_000, 400_000, 600_000),
)


class Rollup(models.Model):
    """`day` is that of the calls' start, in UTC; `key_id` is 0 for none; cost in US dollars.

    Of calls that ended. `unpriced` counts those that used tokens at a price that is not known.
    The two lists count calls by BUCKETS_MS, of those that have the time.

    A day has two kinds of row: `forgotten`, which calls were added to as they were deleted, and
    the others, of calls that are still there, made anew whenever one of these comes late. So
    every call is in exactly one row, or in none yet: lakehouse.observing.usage adds them up.
    """

    day = models.DateField()
    forgotten = models.BooleanField(default=False, help_text="Its calls are deleted since.")
    key_id = models.BigIntegerField()
    provider = models.CharField(max_length=63)
    model = models.CharField(max_length=300)
    profile = models.CharField(max_length=63)
    calls = models.PositiveBigIntegerField()
    failed = models.PositiveBigIntegerField()
    input_tokens = models.PositiveBigIntegerField()
    cached_tokens = models.PositiveBigIntegerField()
    cache_write_tokens = models.PositiveBigIntegerField()
    output_tokens = models.PositiveBigIntegerField()
    reasoning_tokens = models.PositiveBigIntegerField()
    cost = models.DecimalField(max_digits=20, decimal_places=10)
    unpriced = models.PositiveBigIntegerField()
    total_ms = models.FloatField(help_text="The sum.")
    total_buckets = ArrayField(models.PositiveBigIntegerField())
    first_token_buckets = ArrayField(models.PositiveBigIntegerField())

    class Meta:
        ordering = ["-day", "key_id", "provider", "model", "profile"]
        verbose_name = verbose_name_plural = "usage"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "key_id", "provider", "model", "profile", "forgotten"],
                name="one_rollup_a_day_key_provider_model_and_profile",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider}/{self.model}: {self.calls}"


class LateDay(models.Model):
    """A day over, a call of which was written since: its rollup is not right until made anew.

    A trigger of gateway_call's adds them (migration 0002), as many as there were writes: one
    row a day would make the writers wait for each other and for the roll-up.
    """

    day = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.day)
