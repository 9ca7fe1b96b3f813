"""What observing adds to /api/v1/."""

from django.urls import re_path

from lakehouse.observing.api.ring import RingView

urlpatterns = [re_path(r"^observer/ring/?$", RingView.as_view(), name="observer-ring-list")]
