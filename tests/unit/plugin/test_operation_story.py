"""What an operation has to tell a stack's owner of the request that it sent. ``make unit-plugin``."""

import pytest
from heat_tables import make_tables
from operations import DIRECT, QUEUE, Cloud

from customresource_bridge import errors
from customresource_bridge.plugin.delivery.workflow import PredecessorActs
from customresource_bridge.plugin.lifecycle.plan import Present
from customresource_bridge.plugin.lifecycle.spec import Spec

TOO_SLOW = errors.ServiceUnavailable("Zaqar", "store a message", "it did not answer in time")


@pytest.fixture(scope="module", autouse=True)
def _database() -> None:
    make_tables()


def test_what_was_not_sent_at_first_is_told_once_when_it_was(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.fails.append(TOO_SLOW)
    operation = cloud.start(ref, Present(spec=QUEUE))
    cloud.clock.advance(3)
    operation.advance()
    cloud.clock.advance(40)
    operation.advance()
    assert [warning.partition(",")[0] for warning in cloud.warnings] == [
        "The Create request was not sent",
        "Create asked of zaqar:q after all",
    ]
    assert operation.news() is None, "which says it all"


def test_what_is_held_up_for_the_request_before_is_tried_every_other_second_and_told_once(cloud: Cloud) -> None:
    ref = cloud.resource()
    cloud.fails += [PredecessorActs("e-0")] * 20
    operation = cloud.start(ref, Present(spec=DIRECT))
    for _ in range(30):
        cloud.clock.advance(2)
        operation.advance()
    assert (cloud.fails, cloud.done) == ([], ["started"])
    assert [warning.partition(",")[0] for warning in cloud.warnings] == [
        "The Create request was not sent",
        "Create asked of mistral:w after all",
    ]
    assert "a task of execution e-0, which was stopped for it, may still act" in cloud.warnings[0]


@pytest.mark.parametrize(
    ("spec", "ids"), [(QUEUE, " UTC (RequestId: "), (DIRECT, " UTC (execution: e-1) (RequestId: ")]
)
def test_what_waits_is_told_by_the_operation_that_asked_it(cloud: Cloud, spec: Spec, ids: str) -> None:
    ref = cloud.resource()
    told = cloud.start(ref, Present(spec=spec)).news()
    assert told is not None
    assert told.startswith("Create asked of ")
    assert ids in told
    assert cloud.start(ref, Present(spec=spec)).news() is None, "one that found it waiting says nothing more"
