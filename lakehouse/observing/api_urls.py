"""What the observer adds to /api/v1/."""

from rest_framework.routers import SimpleRouter

from lakehouse.observing.api.alerts import AlertViewSet
from lakehouse.observing.api.clusters import ClusterViewSet

router = SimpleRouter()
router.register("clusters", ClusterViewSet)
router.register("alerts", AlertViewSet)
urlpatterns = router.urls
