"""The part of an operator's customresource-bridge.conf that follows from how the cloud is deployed. Pure.

What the bridge's own user is called, and its password, are not in it: that user is not the cloud's own.
"""

from pathlib import Path

from devstack.cloud import ini
from devstack.cloud.openstack_conf import Section, messaging
from devstack.cloud.services import heat
from devstack.cloud.settings import REGION, Settings


def path(settings: Settings) -> Path:
    """Where it is written."""
    return settings.conf / "customresource-bridge.conf"


def render(settings: Settings) -> str:
    """Return its text: where Keystone and the bus are, whose certificates count, and where ResponseURLs lie."""
    trusted: Section = {"ca_file": str(settings.ca_file)} if settings.ca_file else {}
    return ini.render(
        {
            "DEFAULT": {"transport_url": settings.transport_url},
            **messaging(settings),
            "cloud": {"interface": "internal", "region": REGION},
            "operator": {"auth_url": settings.keystone_url, **trusted},
            # The catalogue's internal one is another than what heat.conf has ResponseURLs begin with.
            "response": {"allowed_bases": f"{settings.public_url(heat.CFN)}/v1"},
        }
    )
