"""One project's services, with the authority the bridge has in it."""

from dataclasses import dataclass

from customresource_bridge.clients.heat import Heat
from customresource_bridge.clients.mistral import Mistral
from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.zaqar import Zaqar


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where a project's requests are found, handled and answered.

    :ivar mistral: its workflows run as the user whose session this is. Never an admin's: that one sees all projects.
    :ivar heat: asked only whether a stack still exists.
    """

    id: str
    zaqar: Zaqar
    mistral: Mistral
    heat: Heat
    response_urls: ResponseURLs
