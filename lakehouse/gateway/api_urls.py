"""What the gateway adds to /api/v1/."""

from rest_framework.routers import SimpleRouter

from lakehouse.gateway.api.breakers import BreakerViewSet
from lakehouse.gateway.api.calls import CallViewSet
from lakehouse.gateway.api.keys import ApiKeyViewSet

router = SimpleRouter()
router.register("keys", ApiKeyViewSet)
router.register("calls", CallViewSet)
router.register("breakers", BreakerViewSet)
urlpatterns = router.urls
