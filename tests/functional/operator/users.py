"""Users of the tests' own, with roles in a tenant's project."""

from collections.abc import Sequence
from contextlib import suppress

from functional.operator.operators import Operator, adapter
from keystoneauth1 import exceptions as ksa
from keystoneauth1.identity import V3Password
from standalone import session_of


class User:
    """A user with roles in a project."""

    def __init__(self, operator: Operator, name: str, project_id: str, *, roles: Sequence[str]) -> None:
        self._operator = operator
        self._project_id = project_id
        self._roles = roles
        keystone = operator.keystone
        for old in keystone.get("/users", params={"name": name}).json()["users"]:
            keystone.delete(f"/users/{old['id']}")
        user = {"name": name, "password": name, "domain_id": "default"}
        self.id: str = keystone.post("/users", json={"user": user}).json()["user"]["id"]
        ids = [keystone.get("/roles", params={"name": role}).json()["roles"][0]["id"] for role in roles]
        self._assignments = [f"/projects/{project_id}/users/{self.id}/roles/{role_id}" for role_id in ids]
        for assignment in self._assignments:
            keystone.put(assignment)
        auth = V3Password(keystone.endpoint_override, user_id=self.id, password=name, project_id=project_id)
        self.session = session_of(auth)

    def trust_bridge(self) -> None:
        given = {
            "trustor_user_id": self.id,
            "trustee_user_id": self._operator.user_id,
            "project_id": self._project_id,
            "impersonation": True,
            "roles": [{"name": role} for role in self._roles],
        }
        adapter(self.session).post("/OS-TRUST/trusts", json={"trust": given})

    def given(self) -> dict[str, set[str]]:
        """Return the roles of each trust that this user gave the bridge: Keystone names them of a single one alone."""
        ids = [trust["id"] for trust in self._operator.trusts() if trust["trustor_user_id"] == self.id]
        shown = [adapter(self.session).get(f"/OS-TRUST/trusts/{one}").json()["trust"] for one in ids]
        return {trust["id"]: {role["name"] for role in trust["roles"]} for trust in shown}

    def lose_roles(self) -> None:
        for assignment in self._assignments:
            self._operator.keystone.delete(assignment)

    def leave(self) -> None:
        with suppress(ksa.NotFound):
            self._operator.keystone.delete(f"/users/{self.id}")
