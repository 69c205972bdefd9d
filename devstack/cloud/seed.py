"""Fill Keystone with what the services and their users need, as DevStack does. The database is fresh.

keystone-manage bootstrap has made the admin, its project and the roles admin, manager, member, reader and service.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devstack.cloud import rest
from devstack.cloud.errors import StepFailed
from devstack.cloud.profile import HOST
from devstack.cloud.services import heat, keystone, operator
from devstack.cloud.settings import REGION, Settings

# Plain tenants: two, so that one can try to reach what is the other's.
TENANTS = ("demo", "other")
TENANT_ROLES = ("member", "heat_stack_owner")
_NOBODY = f"http://{HOST}:9"
SERVICE_USERS: Mapping[str, tuple[str, ...]] = {
    "zaqar": ("service",),
    "mistral": ("service",),
    "heat": ("service", "admin"),
}


class Keystone:
    """Keystone's API as far as the seeding needs it."""

    def __init__(self, url: str, token: str, *, ca_file: Path | None) -> None:
        self._url = f"{url}/v3"
        self._token = token
        self._ca_file = ca_file

    def create(self, kind: str, path: str, **attributes: object) -> str:
        """Create one thing; return its id."""
        return str(self._call("POST", path, {kind: attributes})[kind]["id"])

    def find(self, path: str, name: str) -> str:
        """Return the id of the one thing of this name."""
        (found,) = next(iter(v for v in self._call("GET", f"{path}?name={name}").values() if isinstance(v, list)))
        return str(found["id"])

    def update(self, kind: str, path: str, **attributes: object) -> None:
        """Change a thing's attributes."""
        self._call("PATCH", path, {kind: attributes})

    def grant(self, target: str, user: str, role: str) -> None:
        """Give a user a role on a project or domain (target: "projects/<id>", "domains/<id>")."""
        self._call("PUT", f"{target}/users/{user}/roles/{role}")

    def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = rest.call(method, f"{self._url}/{path}", token=self._token, body=body, ca_file=self._ca_file)
        if not 200 <= answer.status < 300:
            raise StepFailed("seed", f"{method} {path}: Keystone answers {answer.status} {answer.body}")
        return answer.body


def seed(settings: Settings) -> None:
    """Make projects, users, roles and the catalogue."""
    api = _administrator(settings)
    roles = {name: api.create("role", "roles", name=name) for name in ("heat_stack_owner", "heat_stack_user")}
    roles |= {name: api.find("roles", name) for name in ("admin", "member", "service")}
    _tenants(api, settings, roles)
    _service_users(api, settings, roles)
    _stack_domain(api, settings, roles)
    _catalogue(api, settings)


def user_id(settings: Settings, name: str) -> str:
    """Return a user's id."""
    return _administrator(settings).find("users", name)


def _administrator(settings: Settings) -> Keystone:
    token = keystone.admin_token(settings)
    if token is None:
        raise StepFailed("seed", "the administrator cannot log in", settings.log_file(keystone.NAME))
    return Keystone(settings.keystone_url, token, ca_file=settings.ca_file)


def _tenants(api: Keystone, settings: Settings, roles: dict[str, str]) -> None:
    for name in TENANTS:
        project = api.create("project", "projects", name=name, domain_id="default")
        user = api.create("user", "users", name=name, domain_id="default", password=settings.secret)
        for role in TENANT_ROLES:
            api.grant(f"projects/{project}", user, roles[role])
    admin, project = api.find("users", "admin"), api.find("projects", "admin")
    api.grant(f"projects/{project}", admin, roles["heat_stack_owner"])


def _service_users(api: Keystone, settings: Settings, roles: dict[str, str]) -> None:
    project = api.create("project", "projects", name="service", domain_id="default")
    # The bridges' user needs no role anywhere.
    bridges = {} if settings.hosts[0].is_alone else {operator.USER: ()}
    for name, granted in {**SERVICE_USERS, **bridges}.items():
        user = api.create("user", "users", name=name, domain_id="default", password=settings.secret)
        for role in granted:
            api.grant(f"projects/{project}", user, roles[role])


def _stack_domain(api: Keystone, settings: Settings, roles: dict[str, str]) -> None:
    domain = api.create("domain", "domains", name=heat.STACK_DOMAIN)
    user = api.create("user", "users", name=heat.STACK_DOMAIN_ADMIN, domain_id=domain, password=settings.secret)
    api.grant(f"domains/{domain}", user, roles["admin"])


def _catalogue(api: Keystone, settings: Settings) -> None:
    if settings.profile.other_region:
        api.create("region", "regions", id=settings.profile.other_region)
    services = {
        "messaging": ("zaqar", "zaqar", ""),
        "workflowv2": ("mistral", "mistral-api", "/v2"),
        "orchestration": ("heat", "heat-api", "/v1/$(project_id)s"),
        "cloudformation": ("heat-cfn", "heat-api-cfn", "/v1"),
    }
    addresses = {"public": settings.public_url, "internal": settings.url, "admin": settings.url}
    for kind, (name, process, path) in services.items():
        service = api.create("service", "services", type=kind, name=name)
        for interface, address in addresses.items():
            where = {"service_id": service, "region_id": REGION, "interface": interface, "url": address(process) + path}
            made = api.create("endpoint", "endpoints", **where)
            if settings.profile.other_region:
                # Keystone lists them by their ids, which it draws: of two, the lesser is the other region's.
                first = min(made, api.create("endpoint", "endpoints", **where))
                api.update("endpoint", f"endpoints/{first}", region_id=settings.profile.other_region, url=_NOBODY)
