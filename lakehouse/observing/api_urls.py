"""What the observer adds to /api/v1/."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from lakehouse.observing.api.alerts import AlertViewSet
from lakehouse.observing.api.clusters import ClusterViewSet
from lakehouse.observing.api.ring import RingView
from lakehouse.observing.api.usage import UsageViewSet

router = SimpleRouter()
router.register("clusters", ClusterViewSet)
router.register("alerts", AlertViewSet)
router.register("usage", UsageViewSet, basename="usage")
urlpatterns = [
    re_path(r"^observer/ring/?$", RingView.as_view(), name="observer-ring-list"),
    *router.urls,
]
