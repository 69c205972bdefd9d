"""The addresses of the panel."""

from django.urls import path

from customresource_bridge.dashboard.views import RedriveView, RequestsView

urlpatterns = [
    path("", RequestsView.as_view(all_projects=True), name="index"),
    path("redrive/", RedriveView.as_view(), name="redrive"),
]
