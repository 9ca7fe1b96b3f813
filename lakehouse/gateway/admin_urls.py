"""Pages of the admin that are no model's; below /admin/, and for those who may sign in there."""

from django.contrib import admin
from django.urls import path

from lakehouse.gateway.admin import rules

urlpatterns = [path("truth/", admin.site.admin_view(rules.page), name="admin-rules")]
