"""The sections that every OpenStack service's configuration has in common. Pure."""

from devstack.cloud import ini
from devstack.cloud.settings import REGION, Settings

Section = dict[str, ini.Value]


def password_auth(settings: Settings, user: str) -> Section:
    """Return the options with which keystoneauth logs a service user in."""
    return {
        "auth_type": "password",
        "auth_url": settings.keystone_url,
        "username": user,
        "password": settings.secret,
        "user_domain_id": "default",
    }


def authtoken(settings: Settings, user: str) -> Section:
    """Return [keystone_authtoken]: how a service validates its callers' tokens."""
    return {
        **password_auth(settings, user),
        "project_name": "service",
        "project_domain_id": "default",
        "www_authenticate_uri": settings.keystone_url,
        "region_name": REGION,
        "service_token_roles": "service",
        "service_token_roles_required": True,
    }


def database(settings: Settings, name: str) -> Section:
    """Return [database]."""
    return {"connection": settings.database_url(name), "max_pool_size": 10, "max_overflow": 50}


def default(settings: Settings) -> Section:
    """Return what [DEFAULT] always holds. All is logged to standard error, which the starter puts into a file."""
    return {"debug": settings.debug, "use_stderr": True}
