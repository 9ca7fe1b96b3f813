"""What the observer adds to /api/v1/."""

from rest_framework.routers import SimpleRouter

from lakehouse.observing.api.usage import UsageViewSet

router = SimpleRouter()
router.register("usage", UsageViewSet, basename="usage")
urlpatterns = router.urls
