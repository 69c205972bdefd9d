"""Heat's own tables, in SQLite in memory, with one stack in them; a clock that only the test moves.

For tests with Heat's Python. A resource's place is made of the same row, without Heat's engine; other services are what
the test hands in.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from customresource_bridge.bridge.operator.threads import choose_threads
from customresource_bridge.compat import UTC

choose_threads()  # else Heat's modules load eventlet

from heat.common import context as heat_context  # noqa: E402
from heat.db import api as db_api  # noqa: E402
from heat.db import models  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_db import exception as db_exception  # noqa: E402
from oslo_db import options as db_options  # noqa: E402
from sqlalchemy import event  # noqa: E402

from customresource_bridge.plugin import options  # noqa: E402
from customresource_bridge.plugin.heat import leases, resource_data  # noqa: E402
from customresource_bridge.plugin.lifecycle.lease import Lease  # noqa: E402
from customresource_bridge.plugin.lifecycle.state import State  # noqa: E402
from customresource_bridge.protocol import Identity  # noqa: E402


@lru_cache(maxsize=1)
def make_tables() -> None:
    """Make the tables, once in a process."""
    options.register(cfg.CONF)
    db_options.set_defaults(cfg.CONF, connection="sqlite://")
    cfg.CONF.set_override("auth_encryption_key", "k" * 32)
    models.BASE.metadata.create_all(db_api.get_engine())


@db_api.context_manager.writer
def insert(context: Any, model: Any) -> Any:
    """Insert a row; return its id."""
    context.session.add(model)
    context.session.flush()
    return model.id


@db_api.context_manager.writer
def change(context: Any, model: Any, row_id: Any, **values: Any) -> None:
    """Change a row's columns."""
    row = context.session.get(model, row_id)
    for name, value in values.items():
        setattr(row, name, value)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements that the database is given; SQLite's BEGIN is none."""
    given: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        given.extend([] if statement.startswith("BEGIN") else [statement])

    engine = db_api.get_engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield given
    finally:
        event.remove(engine, "before_cursor_execute", note)


@dataclass
class TestClock:
    """A clock that stands still."""

    __test__ = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        """Return the time."""
        return self.at

    def advance(self, seconds: float) -> datetime:
        """Move the clock; return the time."""
        self.at += timedelta(seconds=seconds)
        return self.at


class Faltering(heat_context.RequestContext):  # type: ignore[misc] # Heat has no types
    """An administrator's context, over which Heat's database cannot be reached for some times.

    :param works: how often it is reached before.
    :param fails: how often it is not reached then.
    """

    def __init__(self, *, works: int = 0, fails: int = 1) -> None:
        super().__init__(is_admin=True)
        self.answers = [True] * works + [False] * fails

    @property
    def session(self) -> Any:
        """Return the session of the transaction."""
        if self.answers and not self.answers.pop(0):
            raise db_exception.DBConnectionError
        return super().session


@dataclass
class Tables:
    """One stack, whose resources are rows."""

    context: Any = field(default_factory=heat_context.get_admin_context)
    stack_uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    clock: TestClock = field(default_factory=TestClock)
    time_remaining: float = 3600.0
    """Seconds until the stack's own timeout."""

    def __post_init__(self) -> None:
        make_tables()
        template = insert(self.context, models.RawTemplate(template={}))
        insert(
            self.context,
            models.Stack(id=self.stack_uuid, name=self.stack_uuid, raw_template_id=template, disable_rollback=True),
        )

    def row(self, name: str = "a", **values: Any) -> int:
        """Insert a resource that waits, and return its id."""
        values = {"action": "CREATE", "status": "IN_PROGRESS", "atomic_key": 1, **values}
        return int(insert(self.context, models.Resource(name=name, stack_id=self.stack_uuid, **values)))

    def ref(self, row_id: int, name: str = "a", **services: Any) -> Any:
        """Return a row's place; ``services`` are its clients' makers and what else differs."""
        stack = SimpleNamespace(
            id=self.stack_uuid,
            action="CREATE",
            status="IN_PROGRESS",
            IN_PROGRESS="IN_PROGRESS",
            ROLLBACK="ROLLBACK",
            current_traversal="op",
            converge=False,
            time_remaining=lambda: self.time_remaining,
            identifier=lambda: SimpleNamespace(stack_id=self.stack_uuid),
            dispatch_event=lambda _event: None,
        )
        values: dict[str, Any] = {
            "context": self.context,
            "row_id": row_id,
            "name": name,
            "type": "Custom::T",
            "stack_uuid": self.stack_uuid,
            "stack_id": f"arn:openstack:heat::p:stacks/s/{self.stack_uuid}",
            "project_id": "p",
            "answered_by": name,
            "verify_authority": lambda: None,
            "stack": stack,
            "identity": lambda request_id: Identity(
                stack_id=values["stack_id"], request_id=request_id, logical_resource_id=name
            ),
        }
        return SimpleNamespace(**{**values, **services})

    def remember(self, row_id: int, state: State, lease: Lease | None = None) -> None:
        """Write what a row remembers."""
        if lease is None:
            resource_data.write(self.context, row_id, resource_data.STATE_KEY, state.to_json())
        else:
            assert resource_data.write_request(
                self.context, row_id, state.to_json(), leases.read(self.context, row_id), lease
            )

    def lease(self, row_id: int) -> Lease:
        """Return a row's lease."""
        lease = leases.read(self.context, row_id)
        assert lease is not None
        return lease

    def engine_of(self, row_id: int) -> str | None:
        """Return the engine that has a row locked."""
        with self.session() as session:
            engine_id: str | None = session.get(models.Resource, row_id).engine_id
        return engine_id

    def session(self) -> Any:
        """Return a session of the database, for reading."""
        return db_api.context_manager.reader.using(self.context)

    def writing(self) -> Any:
        """Return a session of the database, for writing."""
        return db_api.context_manager.writer.using(self.context)
