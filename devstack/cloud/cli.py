"""The command line: python3 -m devstack.cloud install|start|stop|status|kill|restart|logs. The Makefile calls it."""

import argparse
import fcntl
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from devstack.cloud import ports, prerequisites, processes, starter, venv
from devstack.cloud import settings as settings_
from devstack.cloud.errors import CloudError, StepFailed
from devstack.cloud.progress import complain, note, say, tail
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    try:
        settings = settings_.load()
        options = _parser(list(services(settings))).parse_args(arguments)
        with nullcontext() if options.run in _LOOKING else _alone(settings):
            code: int = options.run(settings, options)
        return code
    except StepFailed as error:
        _explain(error)
    except (CloudError, ValueError, TimeoutError) as error:
        complain(f"error: {error}")
    except KeyboardInterrupt:
        complain("interrupted; what this command started was stopped")
    return 1


def _parser(names: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m devstack.cloud", description="The standalone cloud.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, service: str | None = None) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        if service:
            sub.add_argument("service", nargs=None if service == "one" else "?", choices=names, metavar="SERVICE")
        return sub

    command("install", _install, "install what the cloud needs, and start nothing")
    command("start", _start, "start the cloud, or one service of it", "optional")
    command("stop", _stop, "stop the cloud, or one service of it", "optional")
    command("status", _status, "say what runs; exit 0 when everything does")
    command("restart", _restart, "stop and start one service", "one")
    command("kill", _kill, "SIGKILL to every process of one service", "one")
    logs = command("logs", _logs, "show the end of a service's log", "one")
    logs.add_argument("-n", "--lines", type=int, default=50)
    return parser


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Let one command of this clone work at a time."""
    with (settings.root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another command of this clone is at work; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(settings: Settings, _options: argparse.Namespace) -> int:
    prerequisites.check()
    venv.ensure(settings)
    return 0


def _start(settings: Settings, options: argparse.Namespace) -> int:
    if options.service:
        starter.start_one(settings, options.service)
        return 0
    prerequisites.check()
    prerequisites.provide(settings.profile.programs)
    if starter.running(settings) and not venv.is_current(settings):
        note("the pinned versions changed: stopping the cloud")
        starter.stop(settings, services(settings), grace=2.0)
    if starter.running(settings):
        venv.ensure(settings)
        starter.start(settings)
    else:
        with _port_base(settings) as chosen:
            venv.ensure(chosen)
            starter.start(chosen)
            settings = chosen
    client = Path(settings.program("openstack")).relative_to(settings.repository)
    say(f"The cloud is ready. To use it (the client is {client}):")
    say(f"export OS_CLIENT_CONFIG_FILE={settings.clouds_yaml}")
    say("export OS_CLOUD=demo")
    return 0


@contextmanager
def _port_base(settings: Settings) -> Iterator[Settings]:
    """Choose the ports of a cloud that begins anew, and hold them until it listens."""
    wanted = os.environ.get("CRB_CLOUD_PORT_BASE")
    recorded = settings_.recorded_base(settings.root)
    for base in [settings.port_base] if wanted else ports.candidates(recorded):
        claim, taken = ports.claim(base), ports.taken(base, ports.is_free)
        if claim is not None and not taken:
            with claim:
                if base != settings.port_base:
                    note(f"ports from {settings.port_base} are taken; using those from {base}")
                yield replace(settings, port_base=base)
                return
        if claim is not None:
            claim.close()
        if wanted:
            who = ", ".join(taken) or "claimed by another cloud that is starting"
            raise CloudError(f"CRB_CLOUD_PORT_BASE={base}: ports are taken: {who}. Choose another base.")
    raise CloudError("no free block of ports found; set CRB_CLOUD_PORT_BASE")


def _stop(settings: Settings, options: argparse.Namespace) -> int:
    names = [options.service] if options.service else list(services(settings))
    starter.stop(settings, names, grace=10.0 if options.service else 2.0)
    say(f"{options.service or 'The cloud'} is stopped.")
    return 0


def _restart(settings: Settings, options: argparse.Namespace) -> int:
    starter.stop(settings, [options.service], grace=10.0)
    starter.start_one(settings, options.service)
    return 0


def _kill(settings: Settings, options: argparse.Namespace) -> int:
    path = starter.record(settings, options.service)
    if not processes.living(path):
        raise CloudError(f"{options.service} does not run")
    processes.send(path, signal.SIGKILL)
    processes.end([path], grace=0)
    say(f"{options.service} is killed.")
    return 0


def _status(settings: Settings, _options: argparse.Namespace) -> int:
    known = services(settings)
    states = {name: starter.state(settings, service) for name, service in known.items()}
    for name, state in states.items():
        kind = known[name].kind or name
        port = str(settings.port(kind)) if kind in ports.OFFSETS else "-"
        say(f"{name:16} {port:>6}  {state}")
    return 0 if set(states.values()) == {"ready"} else 1


def _logs(settings: Settings, options: argparse.Namespace) -> int:
    path = settings.log_file(options.service)
    if not path.is_file():
        raise CloudError(f"there is no {path}")
    for line in tail(path, options.lines):
        say(line)
    return 0


# They change nothing, and one wants to look while another command is still at work.
_LOOKING = (_status, _logs)


def _explain(error: StepFailed) -> None:
    complain(f"FAILED {error}")
    if error.log is not None:
        complain(f"The end of {error.log}:")
        for line in tail(error.log):
            complain(f"  | {line}")


if __name__ == "__main__":
    sys.exit(main())
