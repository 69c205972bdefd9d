"""Zaqar under uwsgi: messages in Redis, queues and subscriptions in MariaDB."""

from devstack.cloud import ini, uwsgi
from devstack.cloud.hosts import Host
from devstack.cloud.openstack_conf import authtoken, behind_proxy, default, password_auth
from devstack.cloud.profile import HOST
from devstack.cloud.ready import api_answers
from devstack.cloud.service import Service
from devstack.cloud.services import redis
from devstack.cloud.settings import Settings

NAME = "zaqar"


def service(settings: Settings, host: Host) -> Service:
    """Return a host's service."""
    name, listen = host.name(NAME), settings.at(host, NAME)
    module = "zaqar.transport.wsgi.app:application"
    return Service(
        name,
        uwsgi.command(settings, name),
        kind=NAME,
        ready=lambda: api_answers(settings, f"{settings.own_url(host, NAME)}/v2/queues"),
        starts_after=("db-zaqar", *redis.steps(settings)),
        ready_after=("seed",),
        files={
            settings.conf / "zaqar.conf": ini.render(_sections(settings)),
            **uwsgi.files(settings, name, listen=listen, module=module, processes=2, threads=4),
        },
    )


def _redis(settings: Settings) -> str:
    """Return the message store's URL. Zaqar waits 0.1 s for Redis by itself, too little for a busy laptop."""
    sentinels = redis.sentinels(settings)
    if sentinels:
        return f"redis://{','.join(sentinels)}?master={redis.MASTER}&socket_timeout=10"
    return f"redis://{HOST}:{settings.port('redis')}?socket_timeout=10"


def _sections(settings: Settings) -> ini.Sections:
    return {
        "DEFAULT": {**default(settings), "auth_strategy": "keystone", "unreliable": True, "pooling": False},
        "drivers": {"message_store": "redis", "management_store": "sqlalchemy"},
        "drivers:message_store:redis": {"uri": _redis(settings)},
        "drivers:management_store:sqlalchemy": {"uri": settings.database_url(NAME)},
        # Without it subscriptions deliver nothing.
        "storage": {"message_pipeline": "zaqar.notification.notifier"},
        "signed_url": {"secret_key": settings.secret},
        **behind_proxy(settings),
        "keystone_authtoken": authtoken(settings, NAME),
        "trustee": password_auth(settings, NAME),
    }
