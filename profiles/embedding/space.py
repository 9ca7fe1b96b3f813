"""A space of vectors: those of one provider's one model, which alone can be compared."""

from django.db import models


class Space(models.Model):
    """`dimensions` is the length of its vectors. Rows are made as documents are ingested."""

    provider = models.CharField(max_length=63)
    model = models.CharField(max_length=300)
    dimensions = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "model", "dimensions"],
                name="one_space_a_provider_model_and_size",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}, {self.dimensions} dimensions"
