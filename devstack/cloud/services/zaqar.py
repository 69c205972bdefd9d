"""Zaqar under uwsgi: messages in Redis, queues and subscriptions in MariaDB."""

from http import HTTPStatus

from devstack.cloud import ini, rest, uwsgi
from devstack.cloud.errors import StepFailed
from devstack.cloud.hosts import Host
from devstack.cloud.openstack_conf import Section, authtoken, behind_proxy, default, password_auth
from devstack.cloud.profile import HOST
from devstack.cloud.ready import api_answers
from devstack.cloud.service import Service
from devstack.cloud.services import keystone, redis
from devstack.cloud.settings import Settings

NAME = "zaqar"


def service(settings: Settings, host: Host) -> Service:
    """Return a host's service."""
    name, listen = host.name(NAME), settings.at(host, NAME)
    module = "zaqar.transport.wsgi.app:application"
    # Two threads that come to two pools for the first time may take one for the other: they share one configuration.
    processes, threads = (6, 1) if settings.profile.pools else (2, 4)
    return Service(
        name,
        uwsgi.command(settings, name),
        kind=NAME,
        ready=lambda: api_answers(settings, f"{settings.own_url(host, NAME)}/v2/queues"),
        starts_after=("db-zaqar", *redis.steps(settings)),
        ready_after=("seed",),
        files={
            settings.conf / "zaqar.conf": ini.render(_sections(settings)),
            **uwsgi.files(settings, name, listen=listen, module=module, processes=processes, threads=threads),
        },
    )


def _pooling(settings: Settings) -> Section:
    # Pools are made by an API that only this mode has.
    return {"pooling": True, "admin_mode": True} if settings.profile.pools else {"pooling": False}


def _redis(settings: Settings) -> str:
    """Return the message store's URL. Zaqar waits 0.1 s for Redis by itself, too little for a busy laptop."""
    sentinels = redis.sentinels(settings)
    if sentinels:
        return f"redis://{','.join(sentinels)}?master={redis.MASTER}&socket_timeout=10"
    return f"redis://{HOST}:{settings.port('redis')}?socket_timeout=10"


def make_pools(settings: Settings) -> None:
    """Tell a Zaqar that has pools which ones: databases of the one Redis."""
    token = keystone.admin_token(settings) or ""
    for number in range(settings.profile.pools):
        url = f"{settings.url(NAME)}/v2/pools/pool-{number}"
        store = f"redis://{HOST}:{settings.port('redis')}?socket_timeout=10&dbid={redis.FIRST_POOL + number}"
        body = {"uri": store, "weight": 1}
        answer = rest.call("PUT", url, token=token, body=body, ca_file=settings.ca_file)
        if answer.status != HTTPStatus.CREATED:
            raise StepFailed("pools", f"PUT {url}: {answer.status} {answer.body}", settings.log_file(NAME))


def _sections(settings: Settings) -> ini.Sections:
    return {
        "DEFAULT": {**default(settings), "auth_strategy": "keystone", **_pooling(settings)},
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
