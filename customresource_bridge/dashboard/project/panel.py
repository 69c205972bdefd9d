"""The panel in Horizon's dashboard Project."""

import horizon
from openstack_dashboard.dashboards.project import dashboard


class ProjectCustomResources(horizon.Panel):
    """Shows the requests of the project that the user is in."""

    name = "Custom Resources"
    slug = "custom_resources"
    permissions = ("openstack.services.orchestration",)


dashboard.Project.register(ProjectCustomResources)
