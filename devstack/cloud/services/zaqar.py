"""Zaqar under uwsgi: messages in Redis, queues and subscriptions in MariaDB."""

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
_FIRST_DBID = 2
"""Zaqar's plain store is 0, Keystone's cache 1."""
_FLAVOR = "apart"
"""A pool of this flavour is there, too, where there are pools: a queue that asks for none never lies in it."""


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
    store = f"redis://{HOST}:{settings.port('redis')}?socket_timeout=10&dbid="
    pools = [f"pool-{number}" for number in range(1, settings.profile.pools + 1)]
    for dbid, name in enumerate((*pools, _FLAVOR), _FIRST_DBID):
        _put(settings, f"pools/{name}", {"uri": f"{store}{dbid}", "weight": 1})
    _put(settings, f"flavors/{_FLAVOR}", {"pool_list": [_FLAVOR]})


def _put(settings: Settings, path: str, body: object) -> None:
    token = keystone.admin_token(settings) or ""
    url = f"{settings.url(NAME)}/v2/{path}"
    answer = rest.call("PUT", url, token=token, body=body, ca_file=settings.ca_file)
    if answer.status != 201:
        raise StepFailed("pools", f"PUT {url}: Zaqar answers {answer.status} {answer.body}", settings.log_file(NAME))


def _sections(settings: Settings) -> ini.Sections:
    return {
        "DEFAULT": {**default(settings), "auth_strategy": "keystone", "unreliable": True, **_pooling(settings)},
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
