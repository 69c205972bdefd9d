"""The Django application: its label is no other application's."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """What Django asks about the application."""

    name = "customresource_bridge.dashboard"
    label = "customresource_bridge_dashboard"
    verbose_name = "Custom resources"
