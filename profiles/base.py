"""What the four kinds of profile share: a name, an owner, revisions, and what is live.

A row is the draft that people edit. Every save that changes it is a revision, counted
and kept by the database's own triggers (`revisions.py`), so that raw SQL is caught too.
Traffic gets `activated_revision`, which only an activation moves.
"""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from profiles import checks, revisions
from profiles.kinds import Kind
from profiles.named import Named
from profiles.revisions import Revision

# Moved by triggers and activations, never by people.
KEPT = ("revision", "live", "activated_revision", "created", "updated")
# Only the database's own tools, with its triggers off, can bring this about.
LOST = (
    "revision {}, which is not kept. Calls have what they had before; a process that starts now "
    "has none. Activate a revision that is kept."
)


class ProfileQuerySet(models.QuerySet[Any]):
    def live(self) -> Self:
        """The one that calls without a profile's name get, if there is one."""
        return self.filter(live=True)

    def activated(self) -> Self:
        """Those that a call may name."""
        return self.exclude(activated_revision=None)

    def never_activated(self) -> Self:
        return self.filter(activated_revision=None)

    def drafted(self) -> Self:
        """Those whose edits are not what traffic gets."""
        return self.activated().exclude(revision=models.F("activated_revision"))

    def with_activated(self) -> Self:
        """With the revisions that differ from what traffic gets read along, for lists."""
        related = self.model.revisions.rel.related_model
        rows = related._default_manager.filter(pgh_obj__activated_revision=models.F("revision"))
        rows = rows.exclude(pgh_label="deleted").exclude(pgh_obj__revision=models.F("revision"))
        return self.prefetch_related(
            models.Prefetch("revisions", queryset=rows, to_attr="activated_rows")
        )


class Profile(Named):
    """A named draft of one kind. Subclasses add their fields and set `kind`."""

    kind: ClassVar[Kind]

    revision = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the saves that changed something."
    )
    live = models.BooleanField(
        default=False, editable=False, help_text="Calls that name no profile of this kind get it."
    )
    activated_revision = models.PositiveIntegerField(
        null=True, editable=False, help_text="The revision that traffic gets. Empty: none yet."
    )

    objects: ClassVar[Any] = ProfileQuerySet.as_manager()

    class Meta(Named.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Own fields only, once the row is there: an activation may have moved the others."""
        if not self._state.adding and not args:
            kwargs.setdefault("update_fields", [*self.own_fields(), "updated"])
        super().save(*args, **kwargs)
        self.refresh_from_db(fields=["revision", "live", "activated_revision"])

    # --- its fields ---

    @classmethod
    def own_fields(cls) -> tuple[str, ...]:
        """The fields that a person sets, in the order of the model, `name` first."""
        named = [f.name for f in cls._meta.concrete_fields if f.name not in KEPT and f.name != "id"]
        first = ("name", "description", "owner")
        return (*first, *(n for n in named if n not in first))

    @property
    def values(self) -> dict[str, Any]:
        """The draft as it is: own fields to plain values, references as names."""
        return {name: self.plain_value(name) for name in self.own_fields()}

    def plain_value(self, name: str) -> Any:
        field = self._meta.get_field(name)
        return getattr(self, field.attname)  # type: ignore[union-attr]

    # --- its revisions ---

    def at(self, number: int) -> Revision:
        """Raises Revision.DoesNotExist, naming the revisions there are."""
        return revisions.of(self, number)

    @property
    def history(self) -> list[Revision]:
        """Newest first."""
        return revisions.history(self)

    @property
    def changes_not_live(self) -> list[revisions.Change]:
        """What the draft would change for traffic; every field while none is activated."""
        if self.activated_revision == self.revision:
            return []
        return revisions.diff(self.activated_values, self.values)

    @property
    def activated_values(self) -> dict[str, Any]:
        """What traffic gets; {} while none is activated, and where that revision is lost."""
        if self.activated_revision is None:
            return {}
        for row in getattr(self, "activated_rows", ()):
            if row.revision == self.activated_revision:
                return revisions.read_values(row, self.own_fields())
        try:
            return self.at(self.activated_revision).values
        except Revision.DoesNotExist:
            return {}

    @property
    def lost(self) -> str:
        """What is wrong when the activated revision is none that is kept, "" when nothing is."""
        if self.activated_revision in (None, self.revision) or self.activated_values:
            return ""
        return LOST.format(self.activated_revision)

    @property
    def standing(self) -> str:
        """One short line: what traffic gets of it."""
        if self.activated_revision is None:
            return "draft, never activated"
        place = "live" if self.live else "activated, not live"
        if lost := self.lost:
            return f"{place}: {lost}"
        count = len(self.changes_not_live)
        plural = "" if count == 1 else "s"
        edits = f", {count} change{plural} not live" if count else ""
        return f"{place} at revision {self.activated_revision}{edits}"


def invariants(kind: str) -> list[models.BaseConstraint]:
    """What the database itself keeps of a kind, whoever writes."""
    return [
        models.UniqueConstraint(
            fields=["live"], condition=Q(live=True), name=f"one_live_{kind}_profile"
        ),
        models.CheckConstraint(
            condition=Q(live=False) | Q(activated_revision__isnull=False),
            name=f"live_{kind}_profile_has_an_activated_revision",
        ),
        models.CheckConstraint(
            condition=Q(name__regex=r"^[a-z][a-z0-9_-]*$"),
            name=f"{kind}_profile_name_is_lowercase",
            violation_error_message=checks.NAME,
        ),
    ]
