"""All services of the cloud, in the order in which status shows them."""

from devstack.cloud.service import Service
from devstack.cloud.services import haproxy, heat, keystone, mariadb, mistral, rabbitmq, redis, zaqar
from devstack.cloud.settings import Settings

# What our plugin is loaded by: started anew when it changed.
PLUGIN_USERS = (heat.ENGINE, heat.CFN)


def services(settings: Settings) -> dict[str, Service]:
    """Return the services by name."""
    found = (
        mariadb.service(settings),
        redis.service(settings),
        rabbitmq.service(settings),
        *haproxy.services(settings),
        keystone.service(settings),
        zaqar.service(settings),
        *mistral.services(settings),
        *heat.services(settings),
    )
    return {service.name: service for service in found}
