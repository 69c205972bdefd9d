"""Keystone under uwsgi. Its keys are made here and kept, since the cached database is encrypted with them."""

import base64
import os
from pathlib import Path

from devstack.cloud import ini, rest, uwsgi
from devstack.cloud.hosts import Host
from devstack.cloud.openstack_conf import Section, behind_proxy, database, default
from devstack.cloud.service import Service
from devstack.cloud.services import redis
from devstack.cloud.settings import Settings

NAME = "keystone"


def service(settings: Settings, host: Host) -> Service:
    """Return a host's service."""
    name, listen = host.name(NAME), settings.at(host, NAME)
    module = "keystone.wsgi.api:application"
    config = settings.conf / "keystone.conf"
    return Service(
        name,
        uwsgi.command(settings, name),
        kind=NAME,
        environ={"OS_KEYSTONE_CONFIG_FILES": str(config)},
        ready=lambda: admin_token(settings, settings.own_url(host, NAME)) is not None,
        starts_after=("db-keystone", *((redis.NAME, redis.SENTINEL) if redis.sentinels(settings) else ())),
        files={
            config: ini.render(_sections(settings)),
            # No threads: with them the first simultaneous requests of an admin may get a 403.
            **uwsgi.files(settings, name, listen=listen, module=module, processes=_processes(settings), threads=1),
        },
    )


def _sections(settings: Settings) -> ini.Sections:
    return {
        "DEFAULT": {**default(settings), "public_endpoint": settings.public_url(NAME)},
        "database": database(settings, NAME),
        "cache": {"enabled": True, **_cache(settings)},
        "token": {"provider": "fernet", "expiration": settings.profile.token_seconds},
        **behind_proxy(settings),
        "fernet_tokens": {"key_repository": str(_keys(settings, "fernet"))},
        "fernet_receipts": {"key_repository": str(_keys(settings, "fernet"))},
        "credential": {"key_repository": str(_keys(settings, "credential"))},
        # Passwords of a cloud that lives for an hour: a login costs 1 ms instead of 235.
        "identity": {"password_hash_rounds": 4},
    }


def _processes(settings: Settings) -> int:
    """Return how many there are on each host: one, where the cache is the process's own."""
    return 3 if redis.sentinels(settings) else 1


def _cache(settings: Settings) -> Section:
    sentinels = redis.sentinels(settings)
    if not sentinels:
        # In memory a login costs less than half of what it does by Redis, which is asked dozens of times for each; and
        # a Keystone for two cores needs no more than one process. Pickled, each reader gets a copy. Nothing is ever
        # taken out: it grows, as long as the cloud is up, by what was asked.
        return {"backend": "dogpile.cache.memory_pickle"}
    return {
        "backend": "dogpile.cache.redis_sentinel",
        "redis_sentinels": ",".join(sentinels),
        "redis_sentinel_service_name": redis.MASTER,
        # No other: the cache's library asks the Sentinels for it too, which have none.
        "redis_db": 0,
        "socket_timeout": 2,
        # By default a lock of this backend's lies in Redis and never runs out: a Keystone that is killed or cut off
        # while it fills the cache has all others wait for that entry, for ever.
        "backend_argument": "distributed_lock:false",
    }


def _keys(settings: Settings, kind: str) -> Path:
    return settings.cache / f"keystone-{kind}-keys"


def make_keys(settings: Settings) -> None:
    """Make the keys that are missing.

    By hand: keystone-manage takes two seconds for each of the two, to write the same random bytes.
    """
    for kind in ("fernet", "credential"):
        directory = _keys(settings, kind)
        directory.mkdir(mode=0o700, exist_ok=True)
        for number in ("0", "1"):
            key = directory / number
            if not key.exists():
                key.touch(mode=0o600)
                key.write_bytes(base64.urlsafe_b64encode(os.urandom(32)))


def admin_token(settings: Settings, url: str = "") -> str | None:
    """Return a token of the administrator; None while Keystone, or the one at the URL, gives none."""
    admin = {"user": "admin", "project": "admin", "password": settings.secret}
    return rest.login(url or settings.keystone_url, ca_file=settings.ca_file, **admin)
