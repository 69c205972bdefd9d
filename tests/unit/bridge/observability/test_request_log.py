"""Each event is one line that names its request, and no line holds a secret."""

import json
import logging
from collections.abc import Iterator

import pytest
from one_bridge import PROJECT, SECRETS, STACK, OneBridge
from oslo_log import formatters

from customresource_bridge.bridge.observability.request_log import log_step
from customresource_bridge.clients.response_url import PutOutcome


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def every_way() -> Iterator[OneBridge]:
    """Yield bridges, each of which has just had a request go another way."""
    for kind, state in (("Create", "SUCCESS"), ("Update", "ERROR"), ("Delete", "CANCELLED")):
        world = OneBridge(log_step)
        request_id = world.post(kind)
        world.claim()
        world.post(kind, RequestId=request_id)
        world.claim()
        world.deliveries = [(PutOutcome.RETRY, "no connection")]
        world.end(state)
        world.later(100)
        yield world
    world = OneBridge(log_step)
    world.post(ResourceProperties=SECRETS[1])
    world.claim()
    yield world
    world = OneBridge(log_step)
    world.post(StackId="nonsense")
    world.claim()
    world.post(ServiceToken=f"zaqar:q?project=p&signature={SECRETS[3]}&expires=e&methods=GET&paths=p")
    world.claim()
    world.post()
    world.claim()
    world.bridge._release(world.bridge.table.all()[0])
    yield world


def test_each_step_is_one_line_that_names_the_request(log: pytest.LogCaptureFixture) -> None:
    world = OneBridge(log_step)
    request_id = world.post("Update")
    world.claim()
    world.end()
    execution_id = next(iter(world.mistral.executions))
    lines = [record.getMessage() for record in log.records]
    beginning = f"Update of Thing [{request_id}] in mine/{STACK}: "
    assert lines == [
        f"{beginning}claimed",
        f"{beginning}workflow 'w' runs as execution {execution_id}",
        f"{beginning}SUCCESS",
        f"{beginning}answered, the response was accepted",
    ]


def test_a_log_in_json_names_it_too(log: pytest.LogCaptureFixture) -> None:
    world = OneBridge(log_step)
    request_id = world.post()
    world.claim()
    record = json.loads(formatters.JSONFormatter().format(log.records[0]))
    names = {
        "RequestId": request_id,
        "RequestType": "Create",
        "LogicalResourceId": "Thing",
        "StackId": f"arn:openstack:heat::{PROJECT}:stacks/mine/{STACK}",
    }
    assert names.items() <= record["extra"].items()


@pytest.mark.parametrize("formatter", [formatters.JSONFormatter(), logging.Formatter()])
def test_no_log_holds_a_secret(formatter: logging.Formatter, log: pytest.LogCaptureFixture) -> None:
    log.set_level(logging.DEBUG)
    for _world in every_way():
        pass
    text = "\n".join(formatter.format(record) for record in log.records)
    assert "set aside" in text
    assert "another copy was claimed" in text
    assert "not yet accepted" in text
    assert text.count("the response was accepted") >= 3
    for secret in SECRETS:
        assert secret not in text
