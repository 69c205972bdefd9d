"""The configuration: every option, its default and its meaning, for oslo.config.

The parts themselves take plain values. Options of the plugin live in the plugin, since they are read inside Heat.
"""

import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from oslo_config import cfg
from oslo_log import log as oslo_log

from customresource_bridge.log_lines import keep_to_lines, log_ends_of_threads
from customresource_bridge.protocol.messaging.bell import BUS_TOPIC

LOG = oslo_log.getLogger(__name__)

PROG = "customresource-bridge"

CLOUD = [
    cfg.StrOpt("name", help="A cloud of clouds.yaml. By default OS_CLOUD, or the rest of OS_*."),
    cfg.StrOpt("region", help="The region whose endpoints are used. By default the cloud's own."),
    cfg.StrOpt("interface", default="public", choices=["public", "internal", "admin"], help="Which endpoints."),
    cfg.FloatOpt(
        "timeout", default=20.0, min=1.0, help="Seconds a service may take to connect, and between two reads."
    ),
    cfg.IntOpt(
        "min_token_life",
        default=900,
        min=120,
        help="Seconds that a token must still be good for when it starts a workflow, which runs on it to its end.",
    ),
]

BRIDGE = [
    cfg.IntOpt("workers", default=8, min=1, help="Threads that handle requests."),
    cfg.IntOpt("max_in_flight", default=1000, min=1, help="Requests claimed and not yet answered, at most."),
    cfg.IntOpt(
        "max_running",
        min=1,
        help="Requests of one project whose workflow runs at once, at most, in each process; the others wait. By "
        "default as many as are in flight.",
    ),
    cfg.IntOpt("fair_share", default=20, min=1, help="New requests of one stack at most, before the others' turn."),
    cfg.FloatOpt(
        "busy_interval",
        default=0.05,
        min=0.02,
        help="Seconds between two looks at the bell right after work. The pauses grow from there to idle_interval "
        "within 25 seconds.",
    ),
    cfg.FloatOpt("idle_interval", default=0.5, min=0.05, help="Seconds between two looks at the bell when idle."),
    cfg.FloatOpt(
        "sweep_interval",
        default=120.0,
        min=1.0,
        help="Seconds between two looks at all stacks' queues at least; with more queues than that, a second for each.",
    ),
    cfg.FloatOpt("watch_interval", default=0.05, min=0.02, help="Seconds between two looks at executions at least."),
    cfg.FloatOpt("stop_patience", default=20.0, min=0.0, help="Seconds that work may take to finish after a SIGTERM."),
]

ROUTES = [
    cfg.MultiStrOpt(
        "route",
        default=[],
        help="Who handles what names no workflow: '<ServiceToken> <ResourceType> <workflow>[?namespace=<namespace>]'. "
        "'*' stands for any text, '-' for no ServiceToken. The most specific route wins. May be given many times.",
    ),
]

SECURITY = [
    cfg.ListOpt(
        "allowed_workflows", default=["*"], help="Names of workflows that may be started; '*' stands for any text."
    ),
    cfg.MultiStrOpt(
        "signature_keys",
        default=[],
        secret=True,
        help="Keys that requests are signed with. The plugin has the same: its first one signs, all of these verify. "
        "With none, every user who may post into the project's queues can have its workflows started.",
    ),
]

RESPONSE = [
    cfg.ListOpt(
        "allowed_bases",
        default=[],
        help="Where a ResponseURL may lie: URLs it begins with. By default the catalogue's cloudformation endpoint.",
    ),
    cfg.FloatOpt("timeout", default=20.0, min=1.0, help="Seconds a ResponseURL may take to connect, and to answer."),
    cfg.StrOpt(
        "ca_file",
        help="Certificates to trust for ResponseURLs. By default those that are trusted for the services: OS_CACERT, "
        "cacert of clouds.yaml or [operator] ca_file, else REQUESTS_CA_BUNDLE, else those that requests has.",
    ),
]

OPERATOR = [
    cfg.StrOpt("auth_url", help="Keystone, for the bridge's own user."),
    cfg.StrOpt("username", default="customresource-bridge", help="The bridge's own user, whom owners of stacks trust."),
    cfg.StrOpt("password", secret=True, help="Its password."),
    cfg.StrOpt("user_domain_name", default="Default", help="Its domain."),
    cfg.StrOpt(
        "project_name",
        help="A project of its own; needed to watch the whole cloud at once, and to be seen in a list of bridges.",
    ),
    cfg.StrOpt("project_domain_name", default="Default", help="That project's domain."),
    cfg.StrOpt(
        "ca_file",
        help="Certificates to trust for the services. By default REQUESTS_CA_BUNDLE, else those that requests has.",
    ),
    cfg.StrOpt("bell_topic", default=BUS_TOPIC, help="The notification topic of the bell, as in heat.conf."),
    cfg.IntOpt("max_projects", default=250, min=1, help="Projects that a process works for at once, at most."),
    cfg.MultiStrOpt(
        "project_limit",
        default=[],
        help="What one project has in each process instead of what [bridge] says for every one: '<project id> "
        "running=<max_running> in_flight=<max_in_flight> workers=<workers>', or some of the three. May be given many "
        "times.",
    ),
    cfg.FloatOpt("linger", default=60.0, min=1.0, help="Seconds a project without work keeps its session and threads."),
    cfg.FloatOpt(
        "sweep_interval",
        default=3600.0,
        min=10.0,
        help="Seconds in which all projects are looked through once, for what the bus lost and for trusts that nothing "
        "needs any more; with more projects and queues than that, a second for each.",
    ),
    cfg.ListOpt(
        "bridge_roles",
        default=["member"],
        help="The roles that an owner's trust must delegate, as in heat.conf: one with less is not used, since whoever "
        "has any role in a project can give the bridge a trust. Empty takes any.",
    ),
    cfg.FloatOpt("trusts_stale_after", default=2.0, min=0.1, help="Seconds until a missing trust is looked for again."),
    cfg.StrOpt(
        "watch",
        default="project",
        choices=["project", "cloud"],
        help="Whether executions are watched by one query for each project that has any running, or by one for the "
        "whole cloud; the latter needs project_name, and Mistral's policy executions:list:all_projects.",
    ),
    cfg.BoolOpt(
        "hints",
        default=False,
        help="Whether to hear from Mistral that an execution has ended, beside watching it. Mistral must be told to "
        "send it: [notifier] notify in mistral.conf.",
    ),
    cfg.StrOpt(
        "mistral_transport_url",
        secret=True,
        help="Mistral's message broker, as in mistral.conf. By default this configuration's transport_url.",
    ),
]

OBSERVABILITY = [
    cfg.StrOpt(
        "listen",
        help="Where /metrics, /healthz and /readyz are served, as 127.0.0.1:9474; a private address, since it asks "
        "for no credentials. Of several workers, the first has this port, the next one more, and so on. By default "
        "nowhere.",
    ),
]

GROUPS: dict[str, Sequence[Any]] = {
    "cloud": CLOUD,
    "bridge": BRIDGE,
    "routes": ROUTES,
    "security": SECURITY,
    "response": RESPONSE,
    "operator": OPERATOR,
    "observability": OBSERVABILITY,
}


def list_opts() -> list[tuple[str, Sequence[Any]]]:
    """Return all options, for oslo-config-generator."""
    return list(GROUPS.items())


def warn_of_readable_secrets(conf: Any, options: Iterable[tuple[str, Sequence[Any]]]) -> None:
    """Log a warning for each file that :func:`readable_secrets` finds."""
    for file in readable_secrets(conf, options):
        LOG.warning("%s holds keys or passwords, and every user of this host may read it: chmod o-rwx", file)


def readable_secrets(conf: Any, options: Iterable[tuple[str, Sequence[Any]]]) -> list[str]:
    """Return the configuration files that hold a secret and that every user of this host may read.

    :param options: those that may be secret, by group.
    """
    found: set[str] = set()
    for group, declared in options:
        for option in declared:
            where = conf.get_location(option.dest, group) if option.secret else None
            if where is not None and where.location.name == "user" and conf[group][option.dest]:
                found.add(where.detail)
    return sorted(file for file in found if _every_user_may_read(Path(file)))


def _every_user_may_read(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def load(config_files: Sequence[str] | None, *, debug: bool = False, prints: bool = False) -> Any:
    """Read the configuration and set up the logs.

    :param config_files: None takes the usual places (~/.customresource-bridge, /etc/customresource-bridge, ...).
    :param prints: whether the command's result is what it prints: then the log, where no file is named, is on stderr.
    :raises oslo_config.cfg.Error: it cannot be read; the text says why.
    """
    conf = cfg.ConfigOpts()
    oslo_log.register_options(conf)
    for group, options in GROUPS.items():
        conf.register_opts(options, group=group)
    found = list(config_files) if config_files else cfg.find_config_files(PROG, PROG)
    try:
        conf([], project=PROG, prog=PROG, default_config_files=found)
    except OSError as error:  # a name that no file can have
        raise cfg.Error(f"--config-file: {error.strerror}") from error
    if debug:
        conf.set_override("debug", True)
    if prints:
        conf.set_default("use_stderr", True)
    # urllib3 writes each path it asks for: ResponseURLs, messages and claims. Nor do keystoneauth's lines help.
    quiet = [
        *oslo_log.get_default_log_levels(),
        "urllib3=WARN",
        "keystoneauth=WARN",
        "mistralclient=INFO",
        "stevedore=WARN",
    ]
    oslo_log.set_defaults(default_log_levels=quiet)
    oslo_log.setup(conf, PROG)
    keep_to_lines()
    log_ends_of_threads()
    return conf
