"""The panel in Horizon's dashboard Admin."""

import horizon
from openstack_dashboard.dashboards.admin import dashboard


class AdminCustomResources(horizon.Panel):
    """Shows the requests of all projects."""

    name = "Custom Resources"
    slug = "custom_resources"
    permissions = ("openstack.services.orchestration",)


dashboard.Admin.register(AdminCustomResources)
