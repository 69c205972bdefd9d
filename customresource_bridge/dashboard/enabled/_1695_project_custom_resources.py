"""The project's page "Custom Resources", in the group Orchestration, which heat-dashboard brings."""

PANEL = "custom_resources"
PANEL_DASHBOARD = "project"
PANEL_GROUP = "orchestration"
ADD_PANEL = "customresource_bridge.dashboard.project.panel.ProjectCustomResources"
ADD_INSTALLED_APPS = ["customresource_bridge.dashboard"]
