"""The pages and the management API. The paths programs call are in `gateway/urls.py`."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from lakehouse.server.api_index import ApiIndex

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", include("lakehouse.observing.admin_urls")),  # before what catches all below it
    path("admin/", admin.site.urls),
    path("api/v1/", ApiIndex.as_view(schema=None), name="api-index"),
    path("api/v1/", include("providers.urls")),
    path("api/v1/", include("profiles.urls")),
    path("api/v1/", include("lakehouse.gateway.api_urls")),
    path("api/v1/", include("lakehouse.observing.api_urls")),
    path("api/v1/", include("lakehouse.audit.api_urls")),
    path(
        "api/schema/",
        SpectacularAPIView.as_view(urlconf="lakehouse.server.documented"),
        name="schema",
    ),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]

handler404 = "lakehouse.server.api_index.not_found"
