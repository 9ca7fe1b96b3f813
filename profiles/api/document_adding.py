"""POST /api/v1/documents/: documents come as JSON, as the body itself, or as files of a form."""

import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as FieldErrors
from django.db import connection, transaction
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from profiles.api import arriving
from profiles.api.activating import wait_of
from profiles.api.document_shapes import (
    DocumentSerializer,
    NewDocumentSerializer,
    TakenDocumentSerializer,
    TakenDocumentsSerializer,
    url_of,
)
from profiles.library.adding import add
from profiles.retrieval import intake
from profiles.retrieval.document import Document
from providers.api.query import refuse_others

POLL_SECS = 0.1
RESULT = PolymorphicProxySerializer(
    "DocumentsTaken", [TakenDocumentSerializer, TakenDocumentsSerializer], None
)
_FILES = {
    "type": "object",
    "required": [arriving.FILE],
    "properties": {
        arriving.FILE: {"type": "array", "items": {"type": "string", "format": "binary"}},
        **{name: {"type": "string"} for name in arriving.ABOUT},
    },
}
_AS_BODY = "Beside a body that is the document itself: as in its JSON."


class AddingRoute(GenericViewSet[Document]):
    @extend_schema(
        request={
            arriving.JSON: NewDocumentSerializer,
            arriving.FORM: _FILES,
            **{media: {"type": "string", "format": "binary"} for media in arriving.BODIES},
        },
        parameters=[
            OpenApiParameter("wait", float, description="Seconds to wait for its ingestion, to 60"),
            *(OpenApiParameter(name, str, description=_AS_BODY) for name in arriving.ABOUT),
        ],
        responses={
            201: RESULT,
            200: OpenApiResponse(RESULT, "All were there already, with this content."),
        },
        filters=False,
    )
    def create(self, request: Request) -> Response:
        """Takes documents in; a job ingests each. Its state tells how it went: `url` says where.

        The same source again replaces what it had. A document above your clearance is not
        there for you: one of the same source is a new document. Of several files, all are
        taken or none.
        """
        refuse_others(request, self, (arriving.WAIT, *arriving.ABOUT))
        seconds = wait_of(request)
        arrivals = arriving.read(request)
        taken = _taken(request.user, arrivals)
        wait([each.document.pk for each in taken], seconds)
        shown = [self._shown(each) for each in taken]
        code = 200 if all(each.outcome == "unchanged" for each in taken) else 201
        if len(shown) > 1:
            return Response({"documents": shown}, code)
        return Response(shown[0], code, headers={"Location": url_of(taken[0].document)})

    def _shown(self, taken: intake.Taken) -> Any:
        row = self.get_queryset().filter(pk=taken.document.pk).first()
        if row is None:
            raise NotFound("It was taken in, and deleted or labelled higher in the same moment.")
        document = DocumentSerializer(row, context=self.get_serializer_context()).data
        return {**document, "outcome": taken.outcome}


def _taken(user: Any, arrivals: Sequence[arriving.Arrival]) -> list[intake.Taken]:
    """All or none. Raises ValidationError that tells of each that cannot be taken."""
    found: list[intake.Taken] = []
    errors: dict[str, list[str]] = {}
    with transaction.atomic():
        for each in arrivals:
            try:
                found.append(add(user, each.raw, media_type=each.media_type, **each.about))
            except FieldErrors as error:
                for name, texts in _told(error, each).items():
                    errors.setdefault(name, []).extend(t for t in texts if t not in errors[name])
        if errors:
            raise ValidationError(errors)
    return found


def _told(error: FieldErrors, of: arriving.Arrival) -> dict[str, list[str]]:
    """By the fields of the request."""
    found: dict[str, list[str]] = {}
    for name, texts in error.message_dict.items():
        own = name in arriving.ABOUT and not (of.called and name in ("title", "source"))
        begin = f"{of.called}: " if of.called and not own else ""
        found.setdefault(name if own else of.place, []).extend(f"{begin}{t}" for t in texts)
    return found


def wait(documents: Sequence[UUID], seconds: float) -> None:
    """Until none of them is pending, or so many seconds have passed."""
    until = time.monotonic() + seconds
    pending = Document.objects.filter(pk__in=documents, state=Document.State.PENDING)
    while (left := until - time.monotonic()) > 0 and pending.exists():
        if not connection.in_atomic_block:
            connection.close()  # whoever waits holds none of the pool's
        time.sleep(min(POLL_SECS, left))
