"""Pages of the admin that are no model's; below /admin/, and for those who may sign in there."""

from django.contrib import admin
from django.urls import path

from lakehouse.observing.admin import now

urlpatterns = [
    path("now/", admin.site.admin_view(now.page), name="now"),
    path("now/facts/", admin.site.admin_view(now.fragment), name="now-facts"),
]
