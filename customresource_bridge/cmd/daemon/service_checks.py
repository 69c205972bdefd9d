"""Asks the services whether they answer, for ``/readyz``: by something light, and with little patience."""

from functools import partial
from typing import Any

from customresource_bridge import errors
from customresource_bridge.bridge.observability.readiness import Check
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.clients.zaqar.zaqar import Zaqar
from customresource_bridge.cmd import common
from customresource_bridge.protocol import Secret

SERVICES = ("Zaqar", "Mistral", "ResponseURL")
PATIENCE = 3.0
"""Seconds. A load balancer does not wait long for an answer about readiness."""


def checks(conf: Any, session: Any, *, region_name: str | None) -> dict[str, Check]:
    """Return what a project's bridge needs, by name.

    :raises ServiceError: Keystone is away or refuses the credentials.
    """
    little = {"timeout": PATIENCE, "longest": PATIENCE}
    where = {"region_name": region_name, "interface": conf.cloud.interface, **little}
    bases = [Base.parse(text) for text in common.bases(conf, session, region_name=region_name)]
    urls = ResponseURLs(bases, timeout=PATIENCE, ca_file=common.ca_file(conf, session), connections=1)
    asks = (
        Zaqar.from_session(session, **where).ping,
        Mistral.from_session(session, **where).ping,
        partial(_reach, urls),
    )
    return dict(zip(SERVICES, asks, strict=True))


def _reach(urls: ResponseURLs) -> None:
    for base in urls.bases:
        problem = urls.reach(Secret(base.url))
        if problem is not None:
            raise errors.ServiceUnavailable("ResponseURL", f"answer at {base.url}", problem)
