"""/api/v1/feedback/: what applications said of their calls, read only.

A verdict is open to whoever may view feedback. Its note is a text of an application's, about a
call that anything may have gone into, and has no label: it counts as restricted, as all
that has none. Of what served the call, each sees what he may see.
"""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets

from profiles.labelled import clearance_of
from profiles.memory.feedback import Feedback
from profiles.memory.playbook import Playbook
from profiles.retrieval.document import Document
from providers.api.pages import Cursor
from providers.endpoint import rank
from providers.permissions import ModelPermissions


class FeedbackSerializer(serializers.ModelSerializer[Feedback]):
    playbooks: Any = serializers.PrimaryKeyRelatedField(
        many=True, read_only=True, pk_field=serializers.UUIDField()
    )
    documents = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField(
        help_text="null for those who are not cleared to restricted: a note has no label."
    )

    class Meta:
        model = Feedback
        fields = (
            *("call_id", "key_id", "verdict", "note", "playbooks", "documents"),
            *("created", "updated"),
        )

    def get_documents(self, row: Feedback) -> list[UUID]:
        visible = self.context["view"].visible_documents
        return [pk for pk in row.documents if pk in visible]

    def get_note(self, row: Feedback) -> str | None:
        return row.note if self.context["view"].limit >= rank("") else None


def _visible(request: Any) -> Any:
    return Playbook.objects.up_to(rank(clearance_of(request.user)))


class FeedbackFilters(django_filters.FilterSet):  # type: ignore[misc]  # a package without types
    playbook = django_filters.ModelChoiceFilter(
        field_name="playbooks", queryset=_visible, label="The id of one that served the call."
    )

    class Meta:
        model = Feedback
        fields = ("verdict", "call_id", "key_id")


class LatestFirst(Cursor):
    ordering = ("-updated", "-id")


@extend_schema(tags=["feedback"])
class FeedbackViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Feedback]):
    queryset = Feedback.objects.all()
    serializer_class = FeedbackSerializer
    permission_classes = [ModelPermissions]
    pagination_class = LatestFirst
    filterset_class = FeedbackFilters
    ordering_fields = ["updated"]
    visible_documents: frozenset[UUID] = frozenset()

    @property
    def limit(self) -> int:
        return rank(clearance_of(self.request.user))

    def get_queryset(self) -> Any:
        seen = Prefetch("playbooks", Playbook.objects.up_to(self.limit).only("pk"))
        return super().get_queryset().prefetch_related(seen)

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        cited = {pk for row in page or () for pk in row.documents}
        rows = Document.objects.up_to(self.limit).filter(pk__in=cited)
        self.visible_documents = frozenset(rows.values_list("pk", flat=True))
        return page
