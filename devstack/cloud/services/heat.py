"""Heat: heat-engine with two workers, heat-api and heat-api-cfn under uwsgi.

Nothing here knows our plugin: it is found because it is installed. Options for it go into files of
``.cloud/conf/heat.conf.d/``, which Heat reads after heat.conf and which the starter leaves alone.
"""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from devstack.cloud import ini, rest, uwsgi
from devstack.cloud.hosts import Host
from devstack.cloud.openstack_conf import (
    Section,
    authtoken,
    behind_proxy,
    database,
    default,
    messaging,
    password_auth,
    trusting,
)
from devstack.cloud.ready import api_answers, consumers_are_there
from devstack.cloud.service import Service
from devstack.cloud.settings import REGION, Settings

ENGINE, API, CFN = "heat-engine", "heat-api", "heat-api-cfn"
WORKERS = 2
TOPICS = ("engine", "engine_worker", "heat-engine-listener")
_POLICY = "stacks:global_index: role:admin\n"
"""An administrator lists all projects' stacks, which by Heat's default no user may."""
STACK_DOMAIN = "heat"
STACK_DOMAIN_ADMIN = "heat_domain_admin"


def extra_config_directory(settings: Settings) -> Path:
    """Where another program may put options for Heat: oslo.config looks there by itself, HOME being the parent."""
    return settings.conf / "heat.conf.d"


def _policy_file(settings: Settings) -> Path:
    return settings.conf / "heat-policy.yaml"


def services(settings: Settings, host: Host) -> tuple[Service, Service, Service]:
    """Return a host's engine and its two APIs."""
    files = {settings.conf / "heat.conf": ini.render(_sections(settings)), _policy_file(settings): _POLICY}
    # A host's engine listens by its host's name, too; what it shares with others says nothing about itself.
    own = {} if host.is_alone else {"OS_DEFAULT__HOST": host.name("host")}
    queues = dict.fromkeys((*TOPICS, *(f"engine.{name}" for name in own.values())), WORKERS)
    engine = Service(
        host.name(ENGINE),
        (settings.program("heat-engine"),),
        kind=ENGINE,
        environ={**own, **trusting(settings)},
        ready=lambda: consumers_are_there(settings, queues),
        starts_after=("db-heat", "rabbitmq", "plugin", *(("operator",) if own else ())),
        files=files,
        timeout=90.0,
    )
    return engine, _api(settings, host, files), _cfn(settings, host, files)


def _api(settings: Settings, host: Host, files: Mapping[Path, str]) -> Service:
    name, listen = host.name(API), settings.at(host, API)
    module = "heat.wsgi.api:application"
    return Service(
        name,
        uwsgi.command(settings, name),
        kind=API,
        ready=lambda: api_answers(settings, settings.own_url(host, API) + "/v1/{project}/stacks"),
        starts_after=("db-heat", "rabbitmq"),
        # Its first call before the engine consumes its queue would hang for a minute.
        ready_after=("seed", ENGINE),
        files={**files, **uwsgi.files(settings, name, listen=listen, module=module, processes=2, threads=4)},
    )


def _cfn(settings: Settings, host: Host, files: Mapping[Path, str]) -> Service:
    name, listen = host.name(CFN), settings.at(host, CFN)
    module = "heat.wsgi.cfn:application"
    return Service(
        name,
        uwsgi.command(settings, name),
        kind=CFN,
        ready=lambda: _lists_its_versions(settings, host),
        starts_after=("db-heat", "rabbitmq", *(("seed",) if settings.release.cfn_asks_keystone else ())),
        ready_after=("seed", ENGINE),
        files={**files, **uwsgi.files(settings, name, listen=listen, module=module, processes=2, threads=4)},
    )


def _lists_its_versions(settings: Settings, host: Host) -> bool:
    return rest.call("GET", settings.own_url(host, CFN), ca_file=settings.ca_file).status == HTTPStatus.MULTIPLE_CHOICES


def _sections(settings: Settings) -> ini.Sections:
    installed = settings.venv / "etc" / "heat"
    cfn = settings.public_url(CFN)
    trusted: Section = {"ca_file": str(settings.ca_file)} if settings.ca_file else {}
    return {
        "DEFAULT": {
            **default(settings),
            "transport_url": settings.transport_url,
            "num_engine_workers": WORKERS,
            "auth_encryption_key": settings.secret[:32],
            "deferred_auth_method": "trusts",
            "region_name_for_services": REGION,
            "stack_user_domain_name": STACK_DOMAIN,
            "stack_domain_admin": STACK_DOMAIN_ADMIN,
            "stack_domain_admin_password": settings.secret,
            "enable_stack_abandon": "true",
            "enable_stack_adopt": "true",
            "heat_metadata_server_url": cfn,
            "heat_waitcondition_server_url": f"{cfn}/v1/waitcondition",
            "environment_dir": str(installed / "environment.d"),
            "template_dir": str(installed / "templates"),
            **settings.profile.heat,
        },
        **messaging(settings),
        **behind_proxy(settings),
        "clients": {"endpoint_type": "internalURL", **trusted},
        "oslo_policy": {"policy_file": str(_policy_file(settings))},
        "paste_deploy": {"api_paste_config": str(installed / "api-paste.ini")},
        "database": database(settings, "heat"),
        "keystone_authtoken": authtoken(settings, "heat"),
        "trustee": password_auth(settings, "heat"),
        "clients_keystone": {"auth_uri": settings.keystone_url, **trusted},
        # The whole login: without it heat-api-cfn drops the connection of a signed request.
        "ec2authtoken": {
            **password_auth(settings, "heat"),
            **trusted,
            "auth_uri": f"{settings.keystone_url}/v3",
            "project_name": "service",
            "project_domain_id": "default",
            # It adds the path of its own to what the catalogue has.
            **({"endpoint_override": settings.keystone_url} if settings.profile.identity_path else {}),
        },
    }
