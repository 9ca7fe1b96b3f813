"""What profiles add to /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from profiles.api.activations import ActivationViewSet
from profiles.api.ladders import LadderViewSet
from profiles.api.profiles import viewset_of
from profiles.api.search import SearchView
from profiles.kinds import Kind

router = SimpleRouter()
for kind in Kind:
    router.register(f"profiles/{kind.value}", viewset_of(kind), basename=f"{kind.value}-profile")
router.register("ladders", LadderViewSet)
router.register("activations", ActivationViewSet)
urlpatterns = [
    *router.urls,
    path("retrieval/search", SearchView.as_view(), name="retrieval-search"),
]
