"""POST /v1/validate: is this content what it should be? No upstream is called."""

from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema

from lakehouse.errors import ApiError
from lakehouse.gateway import schema
from lakehouse.gateway.dialect.decoding import bad, decode, refuse_deep
from lakehouse.gateway.dialect.validating import GivenPassage, ValidateBody
from lakehouse.gateway.invalid import InvalidContent
from lakehouse.gateway.live import Principal
from lakehouse.gateway.services import running
from lakehouse.gateway.views.base import GatewayView, json_body, json_response
from lakehouse.validation.registry import built
from lakehouse.validation.report import Report, reported
from lakehouse.validation.subject import Subject
from profiles.execution.apart.running import BUSY, SECS
from profiles.execution.validators import Named, named

_decoder = msgspec.json.Decoder(ValidateBody)
# Theirs may be at fault themselves, which is no verdict on the content.
_WITH_RULES = ("json_schema", "regex")


class ValidateView(GatewayView):
    http_method_names = ["post"]

    @extend_schema(
        operation_id="validate",
        summary="Validate a content",
        tags=["gateway"],
        request=schema.VALIDATE,
        responses={
            200: schema.VALIDATION,
            422: schema.INVALID,
            "4XX": schema.ERROR,
            "5XX": schema.ERROR,
        },
    )
    async def post(
        self, request: HttpRequest, principal: Principal, call_id: UUID
    ) -> HttpResponseBase:
        """200 where the content passes, 422 with typed errors where it does not, 400 where a
        validator is not known or cannot be used."""
        running().limiter.release(call_id)  # it takes no tokens
        body = decode(json_body(request), _decoder)
        report = await reported(built(_validators(body)), _subject(body))
        refuse_unusable(report)
        if not report.valid:
            count = len(report.errors)
            text = f"The content is not valid: {count} error{'s' if count != 1 else ''}. {report}"
            raise InvalidContent("invalid_content", text[:600], report, param="content")
        found = {
            "object": "lakehouse.validation",
            "valid": True,
            "validators": report.names,
            "errors": [],
        }
        return json_response(msgspec.json.encode(found))


def _validators(body: ValidateBody) -> tuple[Named, ...]:
    """Raises ApiError(400)."""
    listed = list(body.validators)
    if body.kind is not None:
        settings: dict[str, Any] = dict(body.settings or {})
        if body.schema is not None:
            settings["schema"] = body.schema
        listed.insert(0, {body.kind: settings})
    elif body.settings is not None or body.schema is not None:
        raise bad("settings and schema belong to a kind. Name it.", "kind")
    if not listed:
        raise bad('Name a kind, like "json_schema", or validators.', "kind")
    try:
        return named(listed)
    except ValidationError as error:
        param = "validators" if body.kind is None or body.validators else "kind"
        unknown = error.messages[0].startswith("There is no ")
        code = "unknown_validator" if unknown else "invalid_validator"
        raise bad(error.messages[0], param, code) from None


def _subject(body: ValidateBody) -> Subject:
    text = body.content
    if not isinstance(text, str):
        refuse_deep(text, "content")
        text = msgspec.json.encode(text).decode()
    context = body.context
    if context is None:
        return Subject(text)
    given = context.citations
    ids = (each.id if isinstance(each, GivenPassage) else each for each in given or ())
    return Subject(
        text,
        citations=None if given is None else frozenset(ids),
        finish_reason=context.finish_reason,
    )


def refuse_unusable(report: Report) -> None:
    """Raises ApiError where there is no verdict on the content: 400, or 503 while others wait."""
    for error in report.errors:
        if error.final and error.validator in _WITH_RULES:
            if error.message == BUSY:
                text = f"{error.validator}: {error.message}"
                raise ApiError(503, "validators_busy", text, retry_after=SECS)
            raise bad(f"{error.validator}: {error.message}", error.validator, "invalid_validator")
