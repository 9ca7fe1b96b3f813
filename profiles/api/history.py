"""A profile's revisions, and what differs between two of them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from profiles.api.shapes import (
    DifferenceSerializer,
    RevisionSerializer,
    SavedStateSerializer,
)
from profiles.base import Profile
from profiles.revisions import Revision, diff

PLACE = 'A revision\'s number, "live" (the activated one) or "draft".'
_NUMBER = "[0-9]{1,9}"


class HistoryRoutes(GenericViewSet[Any]):
    @extend_schema(responses=RevisionSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], query_parameters=("page", "page_size"))
    def revisions(self, request: Request, name: str) -> Response:
        """Every saved state, newest first."""
        rows = self.get_object().revisions.order_by("-pgh_id")
        page = self.paginate_queryset(rows.only(*RevisionSerializer.COLUMNS))
        return self.get_paginated_response(RevisionSerializer(page or [], many=True).data)

    @extend_schema(responses=SavedStateSerializer)
    @action(detail=True, methods=["get"], url_path=f"revisions/(?P<number>{_NUMBER})")
    def saved(self, request: Request, name: str, number: str) -> Response:
        """One saved state, with its values."""
        return Response(SavedStateSerializer(revision(self.get_object(), int(number))).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", str, description=f"{PLACE} Without it: live."),
            OpenApiParameter("to", str, description=f"{PLACE} Without it: draft."),
        ],
        responses=DifferenceSerializer,
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, query_parameters=("from", "to"))
    def diff(self, request: Request, name: str) -> Response:
        """What differs between two states; by default, what activating the draft would change."""
        profile = self.get_object()
        (first, before), (last, after) = (
            state(profile, side, request.query_params.get(side, place))
            for side, place in (("from", "live"), ("to", "draft"))
        )
        found = {"first": first, "last": last, "changes": diff(before, after)}
        return Response(DifferenceSerializer(found).data)


def state(profile: Profile, side: str, place: str) -> tuple[int | None, dict[str, Any]]:
    """Number and values; None and {} for "live" while nothing is activated.

    Raises ValidationError under `side`, and NotFound.
    """
    if place == "draft":
        return profile.revision, profile.values
    if place == "live":
        number = profile.activated_revision
        return number, {} if number is None else revision(profile, number).values
    if not (place.isascii() and place.isdigit() and len(place) < 10):
        raise ValidationError({side: [f"Write one of these: {PLACE}"]})
    return int(place), revision(profile, int(place)).values


def revision(profile: Profile, number: int) -> Revision:
    """Raises NotFound, naming the revisions there are."""
    try:
        return profile.at(number)
    except Revision.DoesNotExist as error:
        raise NotFound(str(error)) from None
