"""What the auditor adds to /api/v1/."""

from rest_framework.routers import SimpleRouter

from lakehouse.audit.api.audits import AuditViewSet
from lakehouse.audit.api.findings import FindingViewSet

router = SimpleRouter()
router.register("audits", AuditViewSet)
router.register("findings", FindingViewSet)
urlpatterns = router.urls
