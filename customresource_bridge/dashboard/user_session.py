"""A session with the token that a user has got by logging in to Horizon: it asks for no other token.

The endpoints are those of the catalogue that came with the token.
"""

from datetime import datetime
from typing import Any

from keystoneauth1 import access
from keystoneauth1 import session as ksa_session
from keystoneauth1.identity.access import AccessInfoPlugin

from customresource_bridge.compat import UTC
from customresource_bridge.visibility.reading import Readers

_SUFFIX = "URL"
"""How Horizon's setting ends what keystoneauth calls an interface: ``publicURL``."""


def readers_of(user: Any, settings: Any) -> Readers:
    """Return readers with the rights of a user.

    :param user: as Horizon's login has it: ``token``, ``project_id``, ``service_catalog``, ``services_region``.
    :param settings: Django's, with Horizon's ``OPENSTACK_*``.
    """
    session = ksa_session.Session(auth=AccessInfoPlugin(_access(user)), verify=_verify(settings), redirect=False)
    interface = str(getattr(settings, "OPENSTACK_ENDPOINT_TYPE", "publicURL"))
    return Readers.from_session(
        session,
        now=lambda: datetime.now(UTC),
        region_name=user.services_region or None,
        interface=interface.removesuffix(_SUFFIX),
    )


def _access(user: Any) -> access.AccessInfo:
    body = {"token": {"catalog": user.service_catalog, "project": {"id": user.project_id}}}
    return access.AccessInfoV3(body, auth_token=user.token.id)


def _verify(settings: Any) -> bool | str:
    if getattr(settings, "OPENSTACK_SSL_NO_VERIFY", False):
        return False
    return getattr(settings, "OPENSTACK_SSL_CACERT", None) or True
