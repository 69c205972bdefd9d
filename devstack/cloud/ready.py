"""Ask a service whether it works, by what it is there for."""

import socket
import subprocess
from collections.abc import Mapping

from devstack.cloud import rest
from devstack.cloud.environ import clean
from devstack.cloud.settings import Settings


def api_answers(settings: Settings, url: str) -> bool:
    """Say whether an API serves the demo tenant: Keystone, its catalogue and the token validation included."""
    demo = {"user": "demo", "project": "demo", "password": settings.secret}
    token = rest.login(settings.keystone_url, ca_file=settings.ca_file, **demo)
    if token is None:
        return False
    if "{project}" in url:
        project = _project(settings, token)
        if project is None:
            return False
        url = url.format(project=project)
    return rest.call("GET", url, token=token, ca_file=settings.ca_file).status == 200


def _project(settings: Settings, token: str) -> str | None:
    answer = rest.call("GET", f"{settings.keystone_url}/v3/auth/projects", token=token, ca_file=settings.ca_file)
    return str(answer.body["projects"][0]["id"]) if answer.status == 200 else None


def consumers_are_there(settings: Settings, wanted: Mapping[str, int]) -> bool:
    """Say whether RPC queues have their consumers. In the venv, since AMQP takes a library."""
    queues = [f"{queue}={count}" for queue, count in wanted.items()]
    done = subprocess.run(
        (settings.program("python"), "-m", "devstack.cloud.in_venv.consumers", *queues),
        input=settings.transport_url,
        text=True,
        capture_output=True,
        env=clean(settings),
        cwd=settings.repository,
        timeout=60,
        check=False,
    )
    return done.returncode == 0


def listens(address: str, port: int) -> bool:
    """Say whether somebody takes connections there; OSError where nobody does."""
    socket.create_connection((address, port), timeout=2.0).close()
    return True
