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
        **({"cafile": str(settings.ca_file)} if settings.ca_file else {}),
    }


def authtoken(settings: Settings, user: str) -> Section:
    """Return [keystone_authtoken]: how a service validates its callers' tokens."""
    return {
        **password_auth(settings, user),
        "project_name": "service",
        "project_domain_id": "default",
        "www_authenticate_uri": settings.public_url("keystone"),
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


def messaging(settings: Settings) -> dict[str, Section]:
    """Return how a service speaks to RabbitMQ, where that is not oslo.messaging's default; [DEFAULT] has the URL."""
    quorum: Section = {"rabbit_quorum_queue": True, "rabbit_transient_quorum_queue": True}
    managed: Section = {"use_queue_manager": True, "rabbit_stream_fanout": True, "rabbit_qos_prefetch_count": 1}
    locks: Section = {"lock_path": str(settings.data / "locks")}  # the queue manager counts under a lock
    own = settings.notification_url != settings.transport_url
    named = {"oslo_messaging_rabbit": {**quorum, **managed}, "oslo_concurrency": locks}
    return {
        **(named if settings.profile.quorum_queues else {}),
        **({"oslo_messaging_notifications": {"transport_url": settings.notification_url}} if own else {}),
    }


def behind_proxy(settings: Settings) -> dict[str, Section]:
    """Return what has an API believe HAProxy's word that it was spoken to by https."""
    return {"oslo_middleware": {"enable_proxy_headers_parsing": True}} if settings.profile.tls else {}


def trusting(settings: Settings) -> dict[str, str]:
    """Return the environment in which python-mistralclient, which takes no ``cafile``, trusts the cloud's authority."""
    return {"REQUESTS_CA_BUNDLE": str(settings.ca_file)} if settings.ca_file else {}
