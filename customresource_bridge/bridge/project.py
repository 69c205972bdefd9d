"""One project's services, with the authority the bridge has in it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from customresource_bridge.clients.heat.heat import Heat
from customresource_bridge.clients.mistral.mistral import Mistral
from customresource_bridge.clients.response_url import ResponseURLs
from customresource_bridge.clients.zaqar.zaqar import Zaqar


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where a project's requests are found, handled and answered.

    :ivar mistral: its workflows run as the user whose session this is. Never an admin's: that one sees all projects.
    :ivar heat: asked only whether a stack still exists.
    :ivar mistral_of: returns the same as a given user of the project: what it starts runs as that user. What runs
        already is seen and stopped by the project's session, also when that user has left. None where the session is
        the one user's.
    """

    id: str
    zaqar: Zaqar
    mistral: Mistral
    heat: Heat
    response_urls: ResponseURLs
    mistral_of: Callable[[str], Mistral] | None = None

    def acting_as(self, owner_id: str | None) -> "Project":
        """Return the project for the requests about one owner's stacks: their workflows run as that owner.

        :param owner_id: None where the request does not say.
        """
        if owner_id is None or self.mistral_of is None:
            return self
        return replace(self, mistral=self.mistral_of(owner_id))
