"""What providers add to /api/v1/."""

from rest_framework.routers import SimpleRouter

from providers.api.views import ProviderViewSet

router = SimpleRouter()
router.register("providers", ProviderViewSet)
urlpatterns = router.urls
