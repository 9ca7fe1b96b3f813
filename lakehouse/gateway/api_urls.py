"""What the gateway adds to /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from lakehouse.gateway.api.breakers import BreakerViewSet
from lakehouse.gateway.api.calls import CallViewSet
from lakehouse.gateway.api.keys import ApiKeyViewSet
from lakehouse.gateway.api.truth import EvaluateView, RulesView

router = SimpleRouter()
router.register("keys", ApiKeyViewSet)
router.register("calls", CallViewSet)
router.register("breakers", BreakerViewSet)
urlpatterns = [
    *router.urls,
    path("truth/rules", RulesView.as_view(), name="truth-rules-list"),
    path("truth/evaluate", EvaluateView.as_view(), name="truth-evaluate"),
]
