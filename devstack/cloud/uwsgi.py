"""Serves a WSGI application by uwsgi, with the options that OpenStack's applications need."""

from collections.abc import Mapping
from pathlib import Path

from devstack.cloud import ini
from devstack.cloud.settings import Settings


def config_file(settings: Settings, name: str) -> Path:
    """Where a service's uwsgi configuration is."""
    return settings.conf / f"uwsgi-{name}.ini"


def command(settings: Settings, name: str) -> tuple[str, ...]:
    """Return the command that serves the application."""
    return (settings.program("uwsgi"), "--ini", str(config_file(settings, name)))


def files(  # noqa: PLR0913 - by name
    settings: Settings, name: str, *, listen: str, module: str, processes: int, threads: int, lazy: bool = False
) -> Mapping[Path, str]:
    """Return the uwsgi configuration of an application.

    :param listen: address:port.
    :param lazy: whether each process loads the application for itself, since that has threads as soon as it is loaded:
        what one of them holds while the processes are forked, theirs hold for ever.
    """
    options: dict[str, ini.Value] = {
        "http-socket": listen,
        "module": module,
        "need-app": True,
        **({"lazy-apps": True} if lazy else {}),
        "master": True,
        "die-on-term": True,
        "processes": processes,
        "threads": threads,
        "enable-threads": True,
        "buffer-size": 65535,  # a token and a catalogue make long headers
        "wsgi-manage-chunked-input": True,
        # Without it clients keep the connection, uwsgi closes it, and they see ConnectionResetError.
        "add-header": "Connection: close",
        # Paths without their query: that is where the signatures of signed URLs are.
        "log-format": "%(method) %(var.PATH_INFO) -> %(status) in %(msecs) ms, %(size) bytes, pid %(pid)",
    }
    return {config_file(settings, name): ini.render({"uwsgi": options})}
