"""The ends of all projects' executions, seen by one query, where Mistral's policy lets the bridge's user ask."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from functional.operator.operators import Operator, Running, moment
from functional.plugin.stacks import Stacks, custom, hot
from standalone import ROOT, STATE

PAGE = ROOT / "docs" / "how-to" / "run-for-a-cloud.md"
POLICY = STATE / "conf" / ".mistral" / "policy.yaml"
"""Where Mistral looks for it; it notices by itself when it changes."""
ROLE, PROJECT = "customresource-bridge", "crb-watch"
SOON = timedelta(seconds=20)
"""It waits for four; who sees no end looks again after thirty."""
SLOW = hot({"slow": custom("mistral:crbo_slow")})


@contextmanager
def allowed() -> Iterator[None]:
    """Give Mistral the line of policy that the page about operator mode shows."""
    (line,) = re.findall(r'^ *("executions:list:all_projects".*)$', PAGE.read_text(), re.MULTILINE)
    POLICY.parent.mkdir(exist_ok=True)
    POLICY.write_text(f"{line}\n")
    try:
        yield
    finally:
        POLICY.unlink()


@pytest.fixture
def project(operator_user: Operator) -> Iterator[str]:
    """A project in which the bridge's user has a role that Mistral's policy names, and no other."""
    keystone = operator_user.keystone
    for kind, name in (("roles", ROLE), ("projects", PROJECT)):
        for old in keystone.get(f"/{kind}", params={"name": name}).json()[kind]:
            keystone.delete(f"/{kind}/{old['id']}")
    role = keystone.post("/roles", json={"role": {"name": ROLE}}).json()["role"]["id"]
    made = {"name": PROJECT, "domain_id": "default"}
    project = keystone.post("/projects", json={"project": made}).json()["project"]["id"]
    keystone.put(f"/projects/{project}/users/{operator_user.user_id}/roles/{role}")
    yield PROJECT
    keystone.delete(f"/roles/{role}")
    keystone.delete(f"/projects/{project}")


def test_one_query_sees_all_ends_and_where_it_is_forbidden_each_project_is_watched_by_itself(
    operator: Operator, project: str, stacks_of: Callable[[str], Stacks]
) -> None:
    running = operator.start(watch="cloud", project_name=project)
    stacks = [stacks_of(name).create(SLOW) for name in ("demo", "other")]
    for stack in stacks:
        stack.wait("CREATE_COMPLETE")
    assert took(running) < SOON
    assert running.log().count("executions:list:all_projects does not let") == 1
    assert [(bridge.said.pid, bridge.said.mode) for bridge in operator.bridges(project)] == [
        (running.processes()[1], "operator")
    ]
    running.end()
    assert operator.bridges(project) == []

    with allowed():
        running = operator.start(watch="cloud", project_name=project)
        for stack in stacks:
            stack.delete()
        for stack in stacks:
            stack.wait("DELETE_COMPLETE")
        assert took(running) < SOON
        assert "executions:list:all_projects" not in running.log()


def took(running: Running) -> timedelta:
    return moment(running.log(), "SUCCESS") - moment(running.log(), "workflow 'crbo_slow' runs")
