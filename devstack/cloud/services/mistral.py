"""Mistral: the API under uwsgi, and one mistral-server with engine, executor, notifier and periodic tasks."""

from devstack.cloud import ini, uwsgi
from devstack.cloud.hosts import Host
from devstack.cloud.openstack_conf import authtoken, behind_proxy, database, default, messaging, trusting
from devstack.cloud.ready import api_answers, consumers_are_there
from devstack.cloud.service import Service
from devstack.cloud.settings import REGION, Settings

API = "mistral-api"
SERVER = "mistral-server"
TOPICS = ("mistral_engine", "mistral_executor", "mistral_notifier")


def services(settings: Settings, host: Host) -> tuple[Service, Service]:
    """Return a host's API and its server."""
    release, name, listen = settings.release, host.name(API), settings.at(host, API)
    # As of Heat's engine: its own queues tell whether it listens itself.
    parts = () if host.is_alone else ("engine", "executor", "notifier")
    queues = (*TOPICS, *(f"mistral_{part}.{host.name('host')}" for part in parts))
    files = {settings.conf / "mistral.conf": ini.render(_sections(settings))}
    api = Service(
        name,
        uwsgi.command(settings, name),
        kind=API,
        ready=lambda: api_answers(settings, f"{settings.own_url(host, API)}/v2/workflows?limit=1"),
        starts_after=("db-mistral", "rabbitmq"),
        # Its first call before the engine consumes its queue would hang for a minute.
        ready_after=("seed", SERVER),
        files={
            **files,
            **uwsgi.files(
                settings,
                name,
                listen=listen,
                module=release.mistral_application,
                processes=2,
                threads=4,
                # It looks for cron triggers as soon as it is loaded. Both processes have hung from the start by that.
                lazy=True,
            ),
        },
    )
    server = Service(
        host.name(SERVER),
        (settings.program("mistral-server"), "--server", release.mistral_servers),
        kind=SERVER,
        environ={**{f"OS_{part.upper()}__HOST": host.name("host") for part in parts}, **trusting(settings)},
        ready=lambda: consumers_are_there(settings, dict.fromkeys(queues, 1)),
        starts_after=("db-mistral", "rabbitmq"),
        files=files,
        timeout=90.0,
    )
    return api, server


def _sections(settings: Settings) -> ini.Sections:
    return {
        "DEFAULT": {
            **default(settings),
            "transport_url": settings.transport_url,
            # The older one never runs again what it had taken when it ended.
            **({} if settings.hosts[0].is_alone else {"scheduler_type": "default"}),
        },
        "database": database(settings, "mistral"),
        **messaging(settings),
        **behind_proxy(settings),
        "keystone_authtoken": authtoken(settings, "mistral"),
        # std.http and webhooks may reach this machine, where the cloud is.
        "action_std_http": {"denied_cidrs": ""},
        "cron_trigger": {"run_in_api": False},
        # Its actions on OpenStack take whichever region the catalogue has first, unless this says which.
        "openstack_actions": {"default_region": REGION},
        **(_recovery() if not settings.hosts[0].is_alone else {}),
    }


def _recovery() -> ini.Sections:
    """Return what has another server go on with what one began that died.

    By default an action waits for five minutes, or for an hour where no executor took it, and a delayed call for ever.
    """
    return {
        "action_heartbeat": {"check_interval": 10, "max_missed_heartbeats": 4, "first_heartbeat_timeout": 30},
        "scheduler": {"captured_job_timeout": 30, "pickup_job_after": 30},
    }
