"""Who may do what by REST: Django's model permissions, for staff, reading included."""

from rest_framework.permissions import DjangoModelPermissions
from rest_framework.request import Request
from rest_framework.views import APIView

_READ = ["%(app_label)s.view_%(model_name)s"]


class ModelPermissions(DjangoModelPermissions):
    """`view` to read, `add`, `change` and `delete` to write; `change` for an action on one row.

    DRF's own class lets anyone who is signed in read, and asks for `add` on every POST.
    """

    def __init__(self) -> None:
        self.perms_map = self.perms_map | {"GET": _READ, "HEAD": _READ, "OPTIONS": _READ}

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not (user and user.is_authenticated and user.is_active and user.is_staff):
            return False
        if request.method == "POST" and getattr(view, "detail", False):
            return self.may_change(request, view)
        return bool(super().has_permission(request, view))

    def may_change(self, request: Request, view: APIView) -> bool:
        needed = self.get_required_permissions("PATCH", self._queryset(view).model)
        return bool(request.user.has_perms(needed))
