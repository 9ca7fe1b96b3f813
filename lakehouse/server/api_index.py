"""GET /api/v1/, what there is; and what a path below /api/ gets where nothing is."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.views.defaults import page_not_found
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from providers.api.query import refuse_others
from providers.suggest import shown

ROOT = "/api/v1/"


class ApiIndex(APIView):
    """The address of each resource's list, by its name."""

    def get(self, request: Request) -> Response:
        refuse_others(request, self)
        lists = {path.removeprefix(ROOT).strip("/"): path for path in _lists(get_resolver())}
        return Response({name: request.build_absolute_uri(lists[name]) for name in sorted(lists)})


def _lists(resolver: URLResolver) -> Iterator[str]:
    """The paths of the routes that routers call `…-list`, so a new one is there at once."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if str(entry.pattern) in ("api/v1/", ""):
                yield from _lists(entry)
        elif isinstance(entry, URLPattern) and (entry.name or "").endswith("-list"):
            yield reverse(str(entry.name))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: programs get JSON."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    detail = f"There is nothing at {shown(request.path)}. GET {ROOT} lists what there is."
    return JsonResponse({"detail": detail}, status=404)
