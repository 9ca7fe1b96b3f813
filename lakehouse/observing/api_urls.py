"""What the observer adds to /api/v1/."""

from rest_framework.routers import SimpleRouter

from lakehouse.observing.api.alerts import AlertViewSet
from lakehouse.observing.api.clusters import ClusterViewSet
from lakehouse.observing.api.usage import UsageViewSet

router = SimpleRouter()
router.register("clusters", ClusterViewSet)
router.register("alerts", AlertViewSet)
router.register("usage", UsageViewSet, basename="usage")
urlpatterns = router.urls
