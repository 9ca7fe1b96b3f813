"""What the gateway adds to /api/v1/."""

from rest_framework.routers import SimpleRouter

from lakehouse.gateway.api.breakers import BreakerViewSet
from lakehouse.gateway.api.calls import CallViewSet
from lakehouse.gateway.api.keys import ApiKeyViewSet
from lakehouse.observing.api.alerts import AlertViewSet
from lakehouse.observing.api.clusters import ClusterViewSet

router = SimpleRouter()
router.register("keys", ApiKeyViewSet)
router.register("calls", CallViewSet)
router.register("breakers", BreakerViewSet)
router.register("clusters", ClusterViewSet)
router.register("alerts", AlertViewSet)
urlpatterns = router.urls
