"""Render clouds.yaml: one administrator and the plain tenants. Pure; JSON is YAML too, so no library is needed."""

import json

from devstack.cloud.seed import TENANTS
from devstack.cloud.settings import REGION, Settings


def render(settings: Settings) -> str:
    """Return the text of clouds.yaml."""
    clouds = {name: _cloud(settings, name) for name in ("admin", *TENANTS)}
    return json.dumps({"clouds": clouds}, indent=2) + "\n"


def _cloud(settings: Settings, name: str) -> dict[str, object]:
    trusted = {"cacert": str(settings.ca_file)} if settings.ca_file else {}
    return {
        **trusted,
        "auth": {
            "auth_url": f"{settings.public_url('keystone')}/v3",
            "username": name,
            "password": settings.secret,
            "project_name": name,
            "user_domain_id": "default",
            "project_domain_id": "default",
        },
        "region_name": REGION,
        "identity_api_version": "3",
    }
