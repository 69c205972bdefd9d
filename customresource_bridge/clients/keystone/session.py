"""Makes a keystoneauth session from clouds.yaml, OS_* or an application credential, as every OpenStack client does.

Inside heat-engine it is not needed: Heat has sessions of its own.
"""

from typing import Any

from keystoneauth1 import exceptions as ksa_exceptions
from openstack import config as openstack_config
from openstack import exceptions as openstack_exceptions

from customresource_bridge import errors
from customresource_bridge.clients.connections import Connections
from customresource_bridge.clients.http import service_errors
from customresource_bridge.clients.keystone.clock import CLOCK

_SHARE_LEFT = 10
"""Of a token that lives no longer than is wanted, all but this share of its life is used."""
_HOW = "name a cloud of clouds.yaml with OS_CLOUD or [cloud] name, or set OS_AUTH_URL and the rest of OS_*"


def load(*, cloud: str | None, timeout: float, min_token_life: int, connections: int) -> Any:
    """Return a session.

    :param cloud: a name in clouds.yaml; None takes OS_CLOUD or OS_*.
    :param timeout: seconds for each call that sets none of its own, Keystone's above all.
    :param min_token_life: seconds a token must still be good for when it starts a workflow: keystoneauth would hand
        out one that is about to expire, and the workflow runs on it to its end.
    :param connections: how many connections to one host are kept open.
    :raises ConfigurationError: nothing is configured, or it is incomplete.
    """
    try:
        region = openstack_config.OpenStackConfig().get_one(cloud=cloud)
        _check_configured(region)
        session = region.get_session()
    except (openstack_exceptions.ConfigException, openstack_exceptions.SDKException) as error:
        raise errors.ConfigurationError(f"No usable OpenStack credentials ({_first_line(error)}): {_HOW}") from error
    except ksa_exceptions.ClientException as error:
        raise errors.ConfigurationError(f"No usable OpenStack credentials ({_first_line(error)}): {_HOW}") from error
    session.timeout = timeout
    session.redirect = False  # a login would take the password along
    renew_in_time(session.auth, min_token_life)
    keep_connections(session, connections)
    return session


def region_name(cloud: str | None) -> str | None:
    """Return the region that clouds.yaml or OS_REGION_NAME names."""
    try:
        name = openstack_config.OpenStackConfig().get_one(cloud=cloud).region_name
    except openstack_exceptions.SDKException:
        return None
    return str(name) if name else None


def renew_in_time(auth: Any, wanted: int) -> None:
    """Have a keystoneauth plugin log in anew when its token is good for less than ``wanted`` seconds.

    keystoneauth asks that before each call. Where Keystone's tokens live no longer than that, each call would be a
    login: so what is asked for follows from how long the token that was issued lives. Each login tells the time, too.
    """
    auth.MIN_TOKEN_LIFE_SECONDS = wanted
    login = auth.get_auth_ref

    def get_auth_ref(*args: Any, **kwargs: Any) -> Any:
        token = login(*args, **kwargs)
        CLOCK.hear(token.issued)
        auth.MIN_TOKEN_LIFE_SECONDS = renewed_before_end(token, wanted)
        return token

    auth.get_auth_ref = get_auth_ref


def renewed_before_end(token: Any, wanted: int) -> int:
    """Return how many seconds before its end a token is given up for a new one.

    :param token: as keystoneauth has it.
    """
    life = int((token.expires - token.issued).total_seconds())
    if life <= wanted:
        return life // _SHARE_LEFT
    return min(wanted, life // 2)


def keep_connections(session: Any, connections: int) -> None:
    """Let a session keep so many connections to one host."""
    session.session = Connections(connections)


def project_id(session: Any) -> str:
    """Return the project the session is scoped to, from Keystone.

    :raises ServiceError: Keystone is away, or refuses the credentials.
    :raises ConfigurationError: the credentials name no project.
    """
    with service_errors("Keystone", "issue a token"):
        project = session.get_project_id()
    if not project:
        raise errors.ConfigurationError(
            "The OpenStack credentials name no project: set OS_PROJECT_NAME or OS_PROJECT_ID"
        )
    return str(project)


def endpoint(session: Any, service_type: str, *, region: str | None, interface: str) -> str | None:
    """Return the catalogue's endpoint for a service, or None where there is none."""
    with service_errors("Keystone", "show its catalogue"):
        try:
            found = session.get_endpoint(service_type=service_type, region_name=region, interface=interface)
        except ksa_exceptions.EndpointNotFound:
            return None
    return str(found) if found else None


def _check_configured(region: Any) -> None:
    if not region.config.get("auth", {}):
        raise openstack_exceptions.ConfigException("none found")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
