"""Pages of lists; a number that cannot be used is refused, not replaced by another."""

from typing import Any

from django.core.exceptions import ValidationError as Unusable
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request

LARGEST = 500


def _number(text: str) -> int:
    """A whole number in plain digits, 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _page_size(request: Request, otherwise: int | None) -> int | None:
    said = request.query_params.get("page_size")
    if said is None:
        return otherwise
    if not 1 <= _number(said) <= LARGEST:
        raise ValidationError({"page_size": [f"Write a number from 1 to {LARGEST}."]})
    return _number(said)


class Pages(PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = LARGEST

    def get_page_size(self, request: Request) -> int | None:
        return _page_size(request, self.page_size)

    def get_page_number(self, request: Request, paginator: Any) -> int | str:
        said = request.query_params.get(self.page_query_param, "1")
        if not _number(said) and said not in self.last_page_strings:
            raise ValidationError({self.page_query_param: ['Write a number from 1, or "last".']})
        return super().get_page_number(request, paginator)


class Cursor(CursorPagination):
    """For lists that grow while they are read, or are too long to count."""

    page_size_query_param = "page_size"
    max_page_size = LARGEST

    def get_page_size(self, request: Request) -> int | None:
        return _page_size(request, self.page_size)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (Unusable, ValueError):  # a cursor made by hand names no place of the list
            raise NotFound(self.invalid_cursor_message) from None
