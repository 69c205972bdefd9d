"""The addresses of the panel."""

from django.urls import path

from customresource_bridge.dashboard.views import RedriveView, RequestsView, StepsView

urlpatterns = [
    path("", RequestsView.as_view(), name="index"),
    path("steps/", StepsView.as_view(), name="steps"),
    path("redrive/", RedriveView.as_view(), name="redrive"),
]
