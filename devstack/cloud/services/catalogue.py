"""All services of the cloud, in the order in which status shows them."""

from devstack.cloud.service import Service
from devstack.cloud.services import (
    galera_check,
    haproxy,
    heat,
    keystone,
    mariadb,
    mistral,
    operator,
    rabbitmq,
    redis,
    zaqar,
)
from devstack.cloud.settings import Settings

# What our plugin is loaded by: started anew when it changed.
PLUGIN_USERS = (heat.ENGINE, heat.CFN)


def services(settings: Settings) -> dict[str, Service]:
    """Return the services by name."""
    found = (
        *(mariadb.service(settings, host) for host in settings.hosts),
        *(galera_check.service(settings, host) for host in settings.hosts if not host.is_alone),
        *(service for host in settings.hosts for service in redis.services(settings, host)),
        *rabbitmq.services(settings),
        *haproxy.services(settings),
        *(keystone.service(settings, host) for host in settings.api_hosts),
        *(zaqar.service(settings, host) for host in settings.api_hosts),
        *(service for host in settings.api_hosts for service in mistral.services(settings, host)),
        *(service for host in settings.api_hosts for service in heat.services(settings, host)),
        *(service for host in settings.hosts if not host.is_alone for service in operator.services(settings, host)),
    )
    return {service.name: service for service in found}
