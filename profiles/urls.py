"""What profiles add to /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from profiles.api.activations import ActivationViewSet
from profiles.api.documents import DocumentViewSet
from profiles.api.feedback import FeedbackViewSet
from profiles.api.ladders import LadderViewSet
from profiles.api.playbooks import PlaybookViewSet
from profiles.api.profiles import viewset_of
from profiles.api.search import SearchView
from profiles.api.sessions import SessionViewSet
from profiles.kinds import Kind

router = SimpleRouter()
for kind in Kind:
    router.register(f"profiles/{kind.value}", viewset_of(kind), basename=f"{kind.value}-profile")
router.register("ladders", LadderViewSet)
router.register("activations", ActivationViewSet)
router.register("sessions", SessionViewSet)
router.register("playbooks", PlaybookViewSet)
router.register("feedback", FeedbackViewSet)
router.register("documents", DocumentViewSet)
urlpatterns = router.urls
urlpatterns = [
    *router.urls,
    path("retrieval/search", SearchView.as_view(), name="retrieval-search"),
]
