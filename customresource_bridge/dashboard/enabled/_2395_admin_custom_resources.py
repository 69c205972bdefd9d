"""The operator's page "Custom Resources", in the dashboard Admin; the project's file brings the application."""

PANEL = "custom_resources"
PANEL_DASHBOARD = "admin"
PANEL_GROUP = "admin"
ADD_PANEL = "customresource_bridge.dashboard.admin.panel.AdminCustomResources"
