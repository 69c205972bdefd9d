"""Every field that comes from outside, with every text that it should not hold, against every exit."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from foreign_journeys import (
    Journey,
    answered_at_the_gateway,
    asked_of_the_bridge,
    asked_of_the_provider,
    error_of_a_service,
    listed,
    looked_at,
    response_url,
    said_by_a_handler,
    said_by_a_service,
    said_by_a_workflow,
    said_by_zaqar,
    signed_file,
    token_of_a_template,
    written_in_a_file,
    written_on_a_line,
)
from foreign_text import FIT, TEXTS, Exits, logged, unfit

REQUEST = (
    *("RequestType", "ServiceToken", "ResponseURL", "StackId", "RequestId", "ResourceType", "LogicalResourceId"),
    *("PhysicalResourceId", "ResourceProperties", "ResourceProperties.Name", "OldResourceProperties.Name"),
    *("OpenStack.ProjectId", "OpenStack.PreviousRequestId", "OpenStack.PreviousResponseURL", "OpenStack.Deadline"),
)
ANSWER = ("Status", "Reason", "PhysicalResourceId", "Data", "NoEcho")
JOURNEYS: Mapping[Journey, tuple[str, ...]] = {
    asked_of_the_bridge: (*REQUEST, "OpenStack.Workflow.Name", "OpenStack.Workflow.Namespace", "OpenStack.OwnerId"),
    said_by_a_service: ("Mistral", "Zaqar", "ResponseURL"),
    said_by_a_workflow: ("state_info", "physical_resource_id", "reason", "data", "data.a", "no_echo", "status"),
    token_of_a_template: (
        "mistral:",
        "mistral:w?namespace=",
        "zaqar:",
        "project",
        "signature",
        "expires",
        "methods",
        "paths",
        "zaqar:q?",
        "mistrall:",
        "arn:",
    ),
    signed_file: ("project", "signature", "expires", "methods", "paths"),
    said_by_zaqar: ("href", "body", "age"),
    error_of_a_service: ("400 title", "404 fault", "503 text", "200 text", "401 title", "403 title"),
    response_url: ("host", "path", "query", "whole"),
    asked_of_the_provider: REQUEST,
    said_by_a_handler: ("raised", "printed", *ANSWER),
    answered_at_the_gateway: ("token", "key", "Heat", *ANSWER),
    looked_at: ("name", "token", "reason", "resource_type", "state_info", "workflow_name", "task", "event"),
    listed: ("any",),
    written_on_a_line: (
        "port TEXT --check",
        "event TEXT",
        "run --config-file TEXT",
        "TEXT",
        "kit --output-dir /dev/null/TEXT",
        "invoke --handler TEXT --event -",
        "dead-letters show TEXT --os-cloud TEXT",
    ),
}
"""Who says it, and the fields that it is said in."""
FILES = ("template", "template as text", "configuration", "signed file", "routes", "event")
CASES = [
    pytest.param(journey, name, text, id=f"{journey.__name__}-{name}-{kind}")
    for journey, fields in JOURNEYS.items()
    for name in fields
    for kind, text in TEXTS.items()
]


@pytest.mark.parametrize(("journey", "name", "text"), CASES)
def test_no_exit_lets_it_pass(journey: Journey, name: str, text: str) -> None:
    exits = Exits()
    with logged(exits):
        journey(name, text, exits)
    assert unfit(exits) == []


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", FILES)
def test_no_exit_lets_it_pass_from_a_file(name: str, kind: str, tmp_path: Path) -> None:
    exits = Exits()
    with logged(exits):
        written_in_a_file(name, TEXTS[kind], exits, tmp_path)
    assert unfit(exits) == []


def test_each_exit_is_reached_and_would_be_found_unfit() -> None:
    exits = Exits()
    with logged(exits):
        for journey, fields in JOURNEYS.items():
            journey(fields[-1], "x", exits)
        asked_of_the_bridge("StackId", "x", exits)
        response_url("path", "x", exits)
    assert [name for name in FIT if not getattr(exits, name)] == []
    assert unfit(exits) == []
    for name in FIT:
        setattr(exits, name, ["\ud800" if name == "answer" else "x\x1b"])
    assert {name for name, _ in unfit(exits)} == set(FIT)
