"""Mistral: the API under uwsgi, and one mistral-server with engine, executor, notifier and periodic tasks."""

from devstack.cloud import ini, uwsgi
from devstack.cloud.openstack_conf import authtoken, behind_proxy, database, default, messaging
from devstack.cloud.ready import api_answers, consumers_are_there
from devstack.cloud.service import Service
from devstack.cloud.settings import Settings

API = "mistral-api"
SERVER = "mistral-server"
TOPICS = ("mistral_engine", "mistral_executor", "mistral_notifier")


def services(settings: Settings) -> tuple[Service, Service]:
    """Return the API and the server."""
    release = settings.release
    files = {settings.conf / "mistral.conf": ini.render(_sections(settings))}
    api = Service(
        API,
        uwsgi.command(settings, API),
        ready=lambda: api_answers(settings, f"{settings.url(API)}/v2/workflows?limit=1"),
        starts_after=("db-mistral", "rabbitmq"),
        # Its first call before the engine consumes its queue would hang for a minute.
        ready_after=("seed", SERVER),
        files={**files, **uwsgi.files(settings, API, module=release.mistral_application, processes=2, threads=4)},
    )
    server = Service(
        SERVER,
        (settings.program("mistral-server"), "--server", release.mistral_servers),
        ready=lambda: consumers_are_there(settings, dict.fromkeys(TOPICS, 1)),
        starts_after=("db-mistral", "rabbitmq"),
        files=files,
        timeout=90.0,
    )
    return api, server


def _sections(settings: Settings) -> ini.Sections:
    return {
        "DEFAULT": {**default(settings), "transport_url": settings.transport_url},
        "database": database(settings, "mistral"),
        **messaging(settings),
        **behind_proxy(settings),
        "keystone_authtoken": authtoken(settings, "mistral"),
        # std.http and webhooks may reach this machine, where the cloud is.
        "action_std_http": {"denied_cidrs": ""},
        "cron_trigger": {"run_in_api": False},
    }
