"""Start the cloud, or what of it does not run.

When nothing runs the cloud begins anew: empty data, databases from the dumps. When a part runs, only what is missing
is started, with the data as it is.
"""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from devstack.cloud import bridge_conf, clouds_yaml, databases, graph, processes, seed, tls, venv
from devstack.cloud import settings as settings_
from devstack.cloud.environ import clean
from devstack.cloud.errors import StepFailed
from devstack.cloud.graph import Step
from devstack.cloud.progress import note
from devstack.cloud.service import Service
from devstack.cloud.services import heat, keystone, mariadb, operator, zaqar
from devstack.cloud.services.catalogue import PLUGIN_USERS, services
from devstack.cloud.settings import Settings

POLL_SECONDS = 0.1
_QUEUES_OF = "OS_OSLO_MESSAGING_RABBIT__PROCESSNAME"
"""Where a queue manager names the queues of replies, it does so by the program: that of three APIs is uwsgi, and one
would take another's replies."""


def record(settings: Settings, name: str) -> Path:
    """Where a service's process is recorded."""
    return settings.run / f"{name}.json"


def running(settings: Settings) -> list[str]:
    """Return the services whose process lives."""
    return [name for name in services(settings) if processes.leader_lives(record(settings, name))]


def start(settings: Settings) -> None:
    """Start everything that does not run; StepFailed when a part cannot be, after stopping what this call started."""
    before = running(settings)
    if before:
        _renew_plugin(settings, before)
        before = running(settings)
    _run_all(settings, services(settings).values(), preparation=_fresh(settings) if not before else _old())
    settings_.record_base(settings)


def start_one(settings: Settings, name: str) -> None:
    """Start one service, with the data as it is; nothing happens when it runs."""
    start_some(settings, [name])


def start_some(settings: Settings, names: Iterable[str], *, environ: Mapping[str, str] | None = None) -> None:
    """Start some services beside each other, with the data as it is; one that runs is left alone.

    :param environ: variables that they have besides their own.
    """
    known = services(settings)
    wanted = [replace(known[name], environ={**known[name].environ, **(environ or {})}) for name in names]
    _run_all(settings, wanted, preparation=None)


def stop(settings: Settings, names: Iterable[str], *, grace: float) -> None:
    """End services and what is left of them."""
    processes.end([record(settings, name) for name in names], grace=grace)


def _renew_plugin(settings: Settings, names: list[str]) -> None:
    if venv.ensure_plugin(settings):
        users = [name for name in names if services(settings)[name].kind in PLUGIN_USERS]
        note(f"the plugin changed: {' and '.join(users)} will be started anew")
        stop(settings, users, grace=5.0)


def _fresh(settings: Settings) -> list[Step]:
    """Return the preparation of a cloud that begins anew."""
    stop(settings, services(settings), grace=0)  # workers that a dead service may have left
    return [
        Step("prepare", (), lambda: _prepare(settings)),
        Step("plugin", (), lambda: _plugin(settings)),
        *databases.steps(settings),
        Step(operator.TOLD, ("seed",), lambda: _tell_heat(settings)),
        *([Step("pools", (zaqar.NAME,), lambda: zaqar.make_pools(settings))] if settings.profile.pools else []),
    ]


def _old() -> list[Step]:
    """Return the preparation of a cloud of which a part runs: nothing, by all the names that services wait for."""
    names = ("prepare", "plugin", "seed", operator.TOLD, *(f"db-{name}" for name in databases.NAMES))
    return [Step(name, (), lambda: None) for name in names]


def _tell_heat(settings: Settings) -> None:
    """Have Heat know the operator's bridges and gateways, if there are any."""
    if not settings.hosts[0].is_alone:
        told = heat.extra_config_directory(settings) / "operator.conf"
        write_private(told, operator.heat_options(settings, seed.user_id(settings, operator.USER)))


def _plugin(settings: Settings) -> None:
    venv.ensure_plugin(settings)


def _prepare(settings: Settings) -> None:
    """Empty the data, put the last run's logs aside, write configuration and clouds.yaml."""
    shutil.rmtree(settings.data, ignore_errors=True)
    settings.data.mkdir(parents=True)
    old_logs = settings.log / "previous"
    shutil.rmtree(old_logs, ignore_errors=True)
    old_logs.mkdir(parents=True)
    for log in settings.log.glob("*.log"):
        log.rename(old_logs / log.name)
    for service in services(settings).values():
        _write_files(service)
    heat.extra_config_directory(settings).mkdir(exist_ok=True)
    keystone.make_keys(settings)
    tls.make(settings)
    write_private(settings.clouds_yaml, clouds_yaml.render(settings))
    write_private(bridge_conf.path(settings), bridge_conf.render(settings))
    mariadb.make_empty(settings)


def _write_files(service: Service) -> None:
    for path, text in service.files.items():
        write_private(path, text)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read: most of them hold a password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def _run_all(settings: Settings, wanted: Collection[Service], *, preparation: list[Step] | None) -> None:
    """Run the preparation and start services; without a preparation, nothing is waited for."""
    abort, started = threading.Event(), []
    steps = list(preparation or ())
    for service in wanted:
        steps += _service_steps(settings, service, abort, started.append, alone=preparation is None)
    steps += kinds(wanted)
    try:
        graph.run(steps, abort)
    except BaseException:
        stop(settings, started, grace=2.0)
        raise


def kinds(wanted: Collection[Service]) -> list[Step]:
    """Return a step for each kind of service that several hosts have: it is done when all of them are ready."""
    several = {service.kind for service in wanted if service.kind not in {"", service.name}}
    names = {kind: tuple(service.name for service in wanted if service.kind == kind) for kind in several}
    return [Step(kind, needed, lambda: None) for kind, needed in names.items()]


def _service_steps(
    settings: Settings, service: Service, abort: threading.Event, launched: Callable[[str], None], *, alone: bool
) -> list[Step]:
    """Return two steps: the process's start, and its readiness, which bears the service's name."""
    starting = f"{service.name} process"

    def launch() -> None:
        if not processes.leader_lives(record(settings, service.name)):
            launched(service.name)
            _launch(settings, service)

    return [
        Step(starting, () if alone else service.starts_after, launch),
        Step(
            service.name,
            (starting, *(() if alone else service.ready_after)),
            lambda: _wait_ready(settings, service, abort),
        ),
    ]


def _launch(settings: Settings, service: Service) -> None:
    stop(settings, [service.name], grace=0)  # workers that outlived their leader
    _write_files(service)
    processes.launch(
        service.command,
        record=record(settings, service.name),
        log=settings.log_file(service.name),
        environ={**clean(settings), _QUEUES_OF: service.name, **service.environ},
        cwd=settings.data,
    )


def _wait_ready(settings: Settings, service: Service, abort: threading.Event) -> None:
    begun = time.monotonic()
    log = settings.log_file(service.name)
    asked = begun
    while not _is_ready(service):
        if not processes.leader_lives(record(settings, service.name)):
            raise StepFailed(service.name, "its process has ended", log)
        if time.monotonic() - begun > service.timeout:
            raise StepFailed(service.name, f"not ready after {service.timeout:.0f} s", log)
        # Some questions start a Python, and what is asked needs the processor to become ready.
        if abort.wait(max(POLL_SECONDS, 2 * (time.monotonic() - asked))):
            return
        asked = time.monotonic()
    note(f"{service.name} is ready")


def _is_ready(service: Service) -> bool:
    try:
        return service.ready()
    except (OSError, subprocess.TimeoutExpired):
        return False


def state(settings: Settings, service: Service) -> str:
    """Say in a few words how a service is."""
    path = record(settings, service.name)
    if processes.leader_lives(path):
        return "ready" if _is_ready(service) else "running, but does not answer"
    return "dead, some of its processes are left" if processes.living(path) else "stopped"
