"""Rows that people look at and nobody edits: the admin shows them, and offers no way to write."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from providers.validators import is_plain


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """None, too, for an id that the database cannot even look for."""
        return super().get_object(request, object_id, from_field) if is_plain(object_id) else None
