import argparse
import json
from types import SimpleNamespace
from typing import Any

import pytest
from bridge_parts import HEARTBEAT
from visibility_parts import STACK, SeenCloud, body, resource

from customresource_bridge import errors
from customresource_bridge.bridge.handling.routes import Route, Routes
from customresource_bridge.cmd import check, common
from customresource_bridge.protocol import ids
from customresource_bridge.testing import FakeZaqar
from customresource_bridge.visibility.reading import LOOKED_INTO

AWAY = errors.ServiceUnavailable("Zaqar", "answer", "it did not answer in time")


class Service:
    """A service that answers, or says what is wrong with it."""

    def __init__(self, problem: Exception | None = None, workflows: tuple[str, ...] = ()) -> None:
        self.problem, self.workflows = problem, workflows

    def ping(self) -> None:
        if self.problem:
            raise self.problem

    def messages(self, queue: str, *, claimed: bool = False) -> list[Any]:
        del queue, claimed
        self.ping()
        return []

    def has_workflow(self, workflow: str, *, namespace: str | None) -> bool:
        del namespace
        return workflow in self.workflows


class Cloud:
    """What a check finds."""

    def __init__(self, **changes: Any) -> None:
        self.project: Any = SimpleNamespace(
            zaqar=changes.get("zaqar", Service()),
            mistral=changes.get("mistral", Service(workflows=("dns",))),
            heat=Service(),
            response_urls=SimpleNamespace(
                bases=[SimpleNamespace(url=url) for url in changes.get("bases", ["https://heat"])],
                reach=lambda _url: changes.get("unreached"),
            ),
        )
        self.refusal = changes.get("refusal")
        self.routes = Routes([Route.parse(text) for text in changes.get("routes", [])], allowed=["*"])


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what runs a check of a cloud, and returns its exit code and output."""

    def run(*options: str, **changes: Any) -> tuple[int, str]:
        cloud = Cloud(**changes)

        def project(*_args: Any) -> Any:
            if cloud.refusal:
                raise cloud.refusal
            return cloud.project

        for name, made in {"load": lambda _, **_how: None, "session": lambda _: None, "project": project}.items():
            monkeypatch.setattr(common, name, made)
        monkeypatch.setattr(common, "routes", lambda _conf: cloud.routes)
        monkeypatch.setattr(common, "readers", lambda *_: changes.get("readers", SeenCloud().readers))
        parser = argparse.ArgumentParser()
        check.add_arguments(parser)
        return check.run(parser.parse_args(options)), capsys.readouterr().out

    return run


def test_each_thing_that_is_well_is_one_line_below_a_header(checked: Any) -> None:
    code, said = checked()
    assert code == 0
    assert [line.split(None, 1)[0] for line in said.splitlines()] == ["Result", *["ok"] * 7, "warning", "ok"]
    assert said.splitlines()[0].split() == ["Result", "Check", "Problem,", "and", "what", "to", "do"]


def test_without_routes_it_says_that_there_are_none(checked: Any) -> None:
    _, said = checked()
    assert said.splitlines()[-3].split() == ["ok", "routes", "to", "workflows", "none"]


@pytest.mark.parametrize(
    ("changes", "what", "problem"),
    [
        ({"zaqar": Service(AWAY)}, "Zaqar", "it did not answer in time; the bridge cannot find requests without it"),
        ({"bases": []}, "ResponseURL", "set [response] allowed_bases"),
        ({"unreached": "no route"}, "ResponseURL https://heat", "no route; check [response] allowed_bases"),
        ({"routes": ["* * nowhere"]}, "route to workflow 'nowhere'", "this project has no such workflow"),
        ({"refusal": errors.Unauthorized("Keystone", "issue a token", "no")}, "Keystone", "check user name, password"),
        ({"refusal": AWAY}, "Keystone", "check OS_AUTH_URL"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(changes: dict[str, Any], what: str, problem: str, checked: Any) -> None:
    code, said = checked(**changes)
    assert code == 1
    (line,) = [line for line in said.splitlines() if line.startswith("WRONG")]
    assert what in line
    assert problem in line


def test_a_machine_reads_it_as_json(checked: Any) -> None:
    code, said = checked("-f", "json", zaqar=Service(AWAY), routes=["* * dns"])
    assert code == 1
    found = {entry["check"]: (entry["ok"], entry["problem"]) for entry in json.loads(said)}
    assert found["Keystone"] == (True, None)
    assert found["route to workflow 'dns'"] == (True, None)
    assert found["Zaqar (messaging)"][0] is False


def test_where_no_bridge_is_seen_it_warns_and_does_not_fail(checked: Any) -> None:
    code, said = checked()
    assert code == 0
    (line,) = [line for line in said.splitlines() if line.startswith("warning")]
    assert "none with this project's credentials was seen in the last 90 seconds" in line
    assert "an operator's" in line
    (found,) = [entry for entry in json.loads(checked("-f", "json")[1]) if entry["check"] == "bridges"]
    assert found["ok"] is True
    assert "none with this project's credentials" in found["problem"]


def test_bridges_that_are_seen_are_counted_with_their_hosts(checked: Any) -> None:
    zaqar = FakeZaqar(lambda: 0.0)
    zaqar.post(ids.BRIDGE_QUEUE, HEARTBEAT.to_dict(), ttl=90)
    code, said = checked(zaqar=zaqar)
    assert code == 0
    assert said.splitlines()[-2].split() == ["ok", "bridges", "1,", "on", "desk"]


def test_where_zaqar_does_not_answer_it_does_not_say_that_no_bridge_is_there(checked: Any) -> None:
    _, said = checked(zaqar=Service(AWAY))
    assert "it is not known whether one is there" in said.splitlines()[-2]


def test_a_project_in_which_nobody_takes_a_request_fails(checked: Any) -> None:
    seconds = [0.0]
    cloud = SeenCloud(zaqar=FakeZaqar(lambda: seconds[0]))
    cloud.stack("CREATE_IN_PROGRESS", resource())
    cloud.zaqar.post(ids.stack_queue(STACK), body(), ttl=3600)
    assert checked(readers=cloud.readers)[0] == 0
    seconds[0] = 60.0
    code, said = checked(readers=cloud.readers)
    assert code == 1
    assert "Create of greeting in hello" in said


def test_more_stacks_that_nobody_serves_than_are_looked_into_fail_too(checked: Any) -> None:
    seconds = [0.0]
    cloud = SeenCloud(zaqar=FakeZaqar(lambda: seconds[0]))
    for number in range(LOOKED_INTO + 100):
        stack = f"11111111-1111-4111-8111-{number:012}"
        cloud.stack("CREATE_IN_PROGRESS", resource(stack_id=stack, stack_name=f"s{number}"))
        cloud.zaqar.post(ids.stack_queue(stack), body(stack=stack, stack_name=f"s{number}"), ttl=3600)
    seconds[0] = 60.0
    code, said = checked(readers=cloud.readers)
    assert code == 1
    assert f"{LOOKED_INTO}, the oldest for 60 s" in said.splitlines()[-1]


def test_where_not_all_services_answer_it_says_so_of_what_waits(checked: Any) -> None:
    cloud = SeenCloud()
    cloud.stack("CREATE_IN_PROGRESS", resource())
    cloud.zaqar = Service(AWAY)  # type: ignore[assignment]
    said = checked(readers=cloud.readers)[1].splitlines()[-1]
    assert said.startswith("warning  requests that no bridge takes")
    assert "it did not answer in time" in said
