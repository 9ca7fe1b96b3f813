"""Filters and orderings that refuse what they cannot do; DRF's give the list as it is."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.request import Request
from rest_framework.views import APIView

from providers.api.query import refuse_others
from providers.suggest import shown, suggestion


class StrictFilters(DjangoFilterBackend):  # type: ignore[misc]  # a package without types
    """Comes first: it also knows every parameter of the route, and refuses the others.

    One row, asked for by name, is not filtered.
    """

    def filter_queryset(self, request: Request, queryset: Any, view: APIView) -> Any:
        if getattr(view, "detail", False):
            refuse_others(request, view)
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        fields = {} if filterset is None else filterset.form.fields
        many = [n for n, f in fields.items() if getattr(f.widget, "allow_multiple_selected", False)]
        refuse_others(request, view, [*fields, *_of_lists(view)], many)
        if filterset is None:
            return queryset
        asked = [n for n in fields if n in request.query_params or n in filterset.errors]
        told = {name: _refusal(name, filterset) for name in asked}
        if refused := {name: texts for name, texts in told.items() if texts}:
            raise ValidationError(refused)
        return filterset.qs


def _of_lists(view: APIView) -> list[str]:
    """The parameters by which the view's lists are paged, searched and ordered."""
    pages = getattr(view, "paginator", None)
    params = ("page_query_param", "page_size_query_param", "cursor_query_param")
    names = [getattr(pages, param, None) for param in params]
    backends = getattr(view, "filter_backends", ())
    if Search in backends and getattr(view, "search_fields", None):
        names.append(Search.search_param)
    if StrictOrdering in backends:
        names.append(StrictOrdering.ordering_param)
    return [name for name in names if name]


def _refusal(name: str, filterset: Any) -> list[str]:
    """Why the value given to a filter cannot be used: nothing when it can."""
    field, value = filterset.form.fields[name], filterset.data.get(name, "")
    if name in filterset.errors:
        rows = isinstance(field, forms.ModelChoiceField)
        choices: Any = () if rows else getattr(field, "choices", ())
        if known := [str(choice) for choice, _ in choices if choice]:
            return [f'There is no "{shown(value)}". {suggestion(shown(value), known)}']
        return [str(text) for text in filterset.errors[name]]
    if isinstance(field, forms.NullBooleanField) and filterset.form.cleaned_data[name] is None:
        return [f'"{shown(value)}" cannot be used. Write true or false.']
    return []


class Search(SearchFilter):
    """DRF's own, described for those lists only that can be searched."""

    def get_schema_operation_parameters(self, view: APIView) -> Any:
        searched = getattr(view, "search_fields", None)
        return super().get_schema_operation_parameters(view) if searched else []


class StrictOrdering(OrderingFilter):
    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: APIView, request: Request
    ) -> list[str]:
        known = [item[0] for item in self.get_valid_fields(queryset, view, {"request": request})]
        for field in fields:
            if (name := field.removeprefix("-")) not in known:
                text = f'A list cannot be ordered by "{shown(name)}" here.'
                near = suggestion(shown(name), known)
                raise ValidationError({self.ordering_param: [f"{text} {near}"]})
        return list(fields)
