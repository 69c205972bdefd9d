"""The operator's page "Custom Resources", in the dashboard Admin."""

PANEL = "custom_resources"
PANEL_DASHBOARD = "admin"
PANEL_GROUP = "admin"
ADD_PANEL = "customresource_bridge.dashboard.admin.panel.AdminCustomResources"
ADD_INSTALLED_APPS = ["customresource_bridge.dashboard"]
