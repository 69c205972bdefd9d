"""Which rows one real stack left in each service's tables, and how those of another stack differ from them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.scale_cloud.clone import PROJECTS, chosen, insert, integer, renumbered, replaced

LEASE = "custom_resource.request"
EARLIER = "UTC_TIMESTAMP() - INTERVAL 2 HOUR"
"""When an execution of those that wait was made: what waits in a cloud of that size does so for hours."""
Query = Callable[[str], list[list[str]]]
"""Returns the rows that a statement selects."""


@dataclass(frozen=True)
class RealStack:
    """A stack that was made by Heat's API.

    :ivar waits: whether a resource of it waits; then only those new stacks that wait are made from it.
    """

    id: str
    name: str
    project_id: str
    waits: bool

    @property
    def which(self) -> str:
        """The new stacks that are made like it."""
        return f"m.waits = {int(self.waits)}"


class Rows:
    """The statements, made from what the database has of a real stack.

    :param leases: an SQL expression for when the lease of a new stack's waiting resource ends.
    """

    def __init__(self, query: Query, stack: RealStack, *, leases: str) -> None:
        self._query = query
        self._stack = stack
        self._leases = leases

    def _insert(self, table: str, given: dict[str, str | None], rows: str, *, of: str = "") -> str:
        database, _, name = table.partition(".")
        where = f"table_schema = '{database}' AND table_name = '{name}'"
        columns = [
            row[0]
            for row in self._query(f"SELECT column_name FROM information_schema.columns WHERE {where}")  # noqa: S608
        ]
        assert set(given) <= set(columns), f"{table}: {sorted(set(given) - set(columns))}"
        if of:
            return insert(table, columns, given, rows=rows, of=of)
        return insert(table, columns, given, rows=rows, which=self._stack.which)

    def _ids(self, table: str, where: str, column: str = "id") -> list[int]:
        return [int(row[0]) for row in self._query(f"SELECT {column} FROM {table} WHERE {where} ORDER BY 1")]  # noqa: S608

    def heat(self) -> Iterator[str]:
        """Yield what Heat has."""
        mine = f"o.stack_id = '{self._stack.id}'"
        of_stack = f"stack_id = '{self._stack.id}'"
        ((template, creds),) = self._query(
            f"SELECT raw_template_id, user_creds_id FROM heat.stack WHERE id = '{self._stack.id}'"  # noqa: S608
        )
        resources = self._ids("heat.resource", of_stack)
        properties = self._ids(
            "heat.resource_properties_data",
            f"id IN (SELECT rsrc_prop_data_id FROM heat.resource WHERE {of_stack}) OR "  # noqa: S608
            f"id IN (SELECT attr_data_id FROM heat.resource WHERE {of_stack}) OR "
            f"id IN (SELECT rsrc_prop_data_id FROM heat.event WHERE {of_stack})",
        )
        new_resource = {old: integer(place) for place, old in enumerate(resources)}
        new_properties = {old: integer(place) for place, old in enumerate(properties)}
        data_id = chosen("rsrc_prop_data_id", new_properties)
        yield self._insert("heat.raw_template", {"id": integer(0)}, f"o.id = {template}")
        owned = {"tenant_id": "m.project_id", "trustor_user_id": "m.owner_id"}
        authority: dict[str, str | None] = {"id": integer(0), "trust_id": "m.creds", **owned}
        yield self._insert("heat.user_creds", authority, f"o.id = {creds}")
        for old, new in new_properties.items():
            yield self._insert("heat.resource_properties_data", {"id": new}, f"o.id = {old}")
        yield self._insert(
            "heat.stack",
            {
                "id": "m.stack_id",
                "name": "m.name",
                "tenant": "m.project_id",
                "raw_template_id": integer(0),
                "user_creds_id": integer(0),
                "stack_user_project_id": "m.user_project_id",
                "current_traversal": "m.traversal",
                "current_deps": renumbered("current_deps", resources),
            },
            f"o.id = '{self._stack.id}'",
        )
        yield from self._resources(new_resource, new_properties)
        event: dict[str, str | None] = {"id": None, "uuid": "UUID()", "stack_id": "m.stack_id"}
        yield self._insert("heat.event", {**event, "rsrc_prop_data_id": data_id}, mine)
        yield self._insert(
            "heat.sync_point",
            {
                "entity_id": f"IF(o.entity_id = '{self._stack.id}', m.stack_id, {chosen('entity_id', new_resource)})",
                "traversal_id": "m.traversal",
                "stack_id": "m.stack_id",
            },
            mine,
        )

    def _resources(self, new_resource: dict[int, str], new_properties: dict[int, str]) -> Iterator[str]:
        data_id = chosen("rsrc_prop_data_id", new_properties)
        for old, new in new_resource.items():
            yield self._insert(
                "heat.resource",
                {
                    "id": new,
                    "uuid": "UUID()",
                    "stack_id": "m.stack_id",
                    "root_stack_id": "m.stack_id",
                    "rsrc_prop_data_id": data_id,
                    "attr_data_id": chosen("attr_data_id", new_properties),
                    "current_template_id": integer(0),
                },
                f"o.id = {old}",
            )
            value = f"IF(o.`key` = '{LEASE}', {self._lease()}, o.value)" if self._stack.waits else "o.value"
            new_data: dict[str, str | None] = {"id": None, "resource_id": new, "value": value}
            yield self._insert("heat.resource_data", new_data, f"o.resource_id = {old}")

    def _lease(self) -> str:
        """A parked lease, as one that was posted a few times has it; of a resource that is done, as it is."""
        at = f"DATE_FORMAT({self._leases}, '%Y-%m-%dT%H:%i:%s+00:00')"
        lease = f"CONCAT_WS(' ', SUBSTRING_INDEX(o.value, ' ', 1), {at}, '5 1', {at})"
        return f"IF(SUBSTRING_INDEX(SUBSTRING_INDEX(o.value, ' ', 4), ' ', -1) = '1', {lease}, o.value)"

    def keystone(self, *, trust_id: str) -> Iterator[str]:
        """Yield what belongs to the stack: its trust, and its signing user in a project of its own.

        :param trust_id: the one that Heat acts by.
        """
        ((project,),) = self._query(f"SELECT stack_user_project_id FROM heat.stack WHERE id = '{self._stack.id}'")  # noqa: S608
        name = f"heat-cr-{self._stack.id}"
        ((user,),) = self._query(f"SELECT user_id FROM keystone.local_user WHERE name = '{name}'")  # noqa: S608
        owned = {"project_id": "m.project_id", "trustor_user_id": "m.owner_id"}
        trust: dict[str, str | None] = {"id": "m.trust_id", **owned}
        yield self._insert("keystone.trust", trust, f"o.id = '{trust_id}'")
        yield self._insert("keystone.trust_role", {"trust_id": "m.trust_id"}, f"o.trust_id = '{trust_id}'")
        of_user = f"o.user_id = '{user}'"
        yield self._insert(
            "keystone.project",
            {"id": "m.user_project_id", "name": "LEFT(CONCAT(m.project_id, '-', m.stack_id), 64)"},
            f"o.id = '{project}'",
        )
        both: dict[str, str | None] = {"id": "m.user_id", "default_project_id": "m.user_project_id"}
        yield self._insert("keystone.user", both, f"o.id = '{user}'")
        named: dict[str, str | None] = {"id": None, "user_id": "m.user_id", "name": "CONCAT('heat-cr-', m.stack_id)"}
        yield self._insert("keystone.local_user", named, of_user)
        yield self._insert("keystone.user_option", {"user_id": "m.user_id"}, of_user)
        granted: dict[str, str | None] = {"actor_id": "m.user_id", "target_id": "m.user_project_id"}
        yield self._insert("keystone.assignment", granted, f"o.actor_id = '{user}'")
        yield self._insert(
            "keystone.credential",
            {"id": "SHA2(m.user_id, 256)", "user_id": "m.user_id", "project_id": "m.user_project_id"},
            of_user,
        )

    def projects(self, *, owner_id: str, bridge_trust_id: str) -> Iterator[str]:
        """Yield the projects, each with an owner and that one's trust to the bridge; the real owner is in all."""
        real = self._stack.project_id
        made: dict[str, str | None] = {"id": "m.project_id", "name": "m.name"}
        yield self._insert("keystone.project", made, f"o.id = '{real}'", of=PROJECTS)
        of_owner = f"o.user_id = '{owner_id}'"
        yield self._insert("keystone.user", {"id": "m.owner_id"}, f"o.id = '{owner_id}'", of=PROJECTS)
        named: dict[str, str | None] = {"id": None, "user_id": "m.owner_id", "name": "m.name"}
        yield self._insert("keystone.local_user", named, of_owner, of=PROJECTS)
        granted = f"o.actor_id = '{owner_id}' AND o.target_id = '{real}'"
        for actor in ("o.actor_id", "m.owner_id"):
            member: dict[str, str | None] = {"actor_id": actor, "target_id": "m.project_id"}
            yield self._insert("keystone.assignment", member, granted, of=PROJECTS)
        owned = {"project_id": "m.project_id", "trustor_user_id": "m.owner_id"}
        trust: dict[str, str | None] = {"id": "m.trust_id", **owned}
        yield self._insert("keystone.trust", trust, f"o.id = '{bridge_trust_id}'", of=PROJECTS)
        role: dict[str, str | None] = {"trust_id": "m.trust_id"}
        yield self._insert("keystone.trust_role", role, f"o.trust_id = '{bridge_trust_id}'", of=PROJECTS)

    def zaqar(self) -> Iterator[str]:
        """Yield the stack's queue, which is empty."""
        queue = f"heat-cr-{self._stack.id}"
        new: dict[str, str | None] = {
            "id": None,
            "project": "m.project_id",
            "name": "CONCAT('heat-cr-', m.stack_id)",
        }
        yield self._insert("zaqar.Queues", new, f"o.name = '{queue}'")

    def mistral(self, executions: Sequence[str]) -> Iterator[str]:
        """Yield the execution that handles the request that waits."""
        texts = {self._stack.id: "m.stack_id", self._stack.name: "m.name", self._stack.project_id: "m.project_id"}
        changed = {column: replaced(column, texts) for column in ("input", "params", "context")}
        for execution in executions:
            new: dict[str, str | None] = {"id": "m.execution_id", "project_id": "m.project_id", "created_at": EARLIER}
            yield self._insert("mistral.workflow_executions_v2", new | changed, f"o.id = '{execution}'")
