"""What profiles and ladders share: a name for ever, what they are for, whom to ask."""

from django.core.exceptions import ValidationError
from django.db import models

from profiles import checks


class Named(models.Model):
    name = models.CharField(
        max_length=63,
        unique=True,
        validators=[checks.name],
        help_text="What calls and people name it by. It cannot be changed later.",
    )
    description = models.TextField(
        blank=True, validators=[checks.plain, checks.up_to(2000)], help_text="What it is for."
    )
    owner = models.CharField(
        max_length=100,
        blank=True,
        validators=[checks.one_line],
        help_text="The person or team to ask about it.",
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError by field: what one field's own check cannot tell."""
        super().clean()
        rows = type(self)._default_manager.filter(pk=self.pk)
        stored = rows.values_list("name", flat=True).first()
        if stored is not None and stored != self.name:
            what = self._meta.verbose_name
            text = (
                f"This {what} keeps its name, since calls use it. Make another and delete this one."
            )
            raise ValidationError({"name": text})
