"""The shapes of what /v1/iterate and /v1/validate are sent."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from lakehouse.gateway.dialect.body import ChatBody, Name, Short, Strict


class IterateBody(ChatBody, kw_only=True):
    """A chat's body, and what its answer is held to; `validators` as in an execution profile."""

    max_iterations: Annotated[int, Meta(ge=1, le=5)] = 3
    validators: Annotated[list[Any], Meta(max_length=20)] = []


class GivenPassage(msgspec.Struct):
    """One of an answer's `lakehouse.citations`, as it came; only its id counts."""

    id: Short


class ValidateContext(Strict, kw_only=True):
    citations: Annotated[list[Short | GivenPassage], Meta(max_length=1000)] | None = None
    finish_reason: Short = ""


class ValidateBody(Strict, kw_only=True):
    """`content` is a text, or a JSON value in place of its text. Either `kind`, with its
    `settings` or `schema`, or `validators`, or both."""

    content: Any
    kind: Name | None = None
    settings: dict[str, Any] | None = None
    schema: dict[str, Any] | bool | None = None
    validators: Annotated[list[Any], Meta(max_length=20)] = []
    context: ValidateContext | None = None
