"""The parts of operator mode put together: readiness, and which trusts are removed."""

import argparse
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import oslo_messaging
import pytest
from loopback_cloud import loopback_cloud

from customresource_bridge import errors
from customresource_bridge.bridge.observability.readiness import Check
from customresource_bridge.cmd import common
from customresource_bridge.cmd.daemon import service_checks
from customresource_bridge.cmd.operator import process as operator_process
from customresource_bridge.cmd.operator.process import OperatorProcess, in_any_project

REFUSED = errors.Unauthorized("Keystone", "issue a token", "no owner trusts the bridge any more", status=401)
AWAY = errors.ServiceUnavailable("Zaqar", "show its health", "it did not answer in time")


class Projects:
    """Projects whose trusts may be broken, and services that may be away."""

    def __init__(self, *, broken: int, working: int) -> None:
        self.broken = [f"broken-{number}" for number in range(broken)]
        self.working = [f"working-{number}" for number in range(working)]
        self.made: list[str] = []
        self.asked: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.checks = in_any_project(lambda: [*self.broken, *self.working], self._make)

    def _make(self, project_id: str) -> dict[str, Check]:
        self.made.append(project_id)
        if project_id in self.broken:
            raise REFUSED
        return {service: self._asks(project_id) for service in service_checks.SERVICES}

    def _asks(self, project_id: str) -> Callable[[], None]:
        def ask() -> None:
            self.asked.append(project_id)
            if project_id in self.fails:
                raise self.fails[project_id]

        return ask


def test_readiness_is_asked_for_where_a_trust_works_and_there_again() -> None:
    projects = Projects(broken=2, working=2)
    for _ in range(2):
        for check in projects.checks.values():
            check()
    assert projects.made == ["broken-0", "broken-1", "working-0"]
    assert projects.asked == ["working-0"] * 6


def test_a_service_that_is_away_is_reported_beside_a_broken_trust() -> None:
    projects = Projects(broken=1, working=1)
    projects.fails["working-0"] = AWAY
    with pytest.raises(errors.ServiceUnavailable):
        projects.checks["Zaqar"]()


def test_a_trust_that_stops_working_gives_way_to_another_project_s() -> None:
    projects = Projects(broken=0, working=2)
    projects.checks["Zaqar"]()
    projects.fails["working-0"] = errors.Forbidden("Zaqar", "show its health", "no", status=403)
    projects.checks["Zaqar"]()
    assert projects.asked == ["working-0", "working-0", "working-1"]


def test_one_question_tries_a_few_projects_at_most() -> None:
    projects = Projects(broken=10_000, working=0)
    projects.checks["Zaqar"]()
    assert len(projects.made) == 5


@pytest.mark.parametrize(("stacks", "removed"), [(True, 0), (False, 1)])
def test_the_trust_of_a_project_with_stacks_is_kept_whatever_became_of_its_queues(
    monkeypatch: pytest.MonkeyPatch, stacks: bool, removed: int
) -> None:
    heat: Any = SimpleNamespace(from_session=lambda *_args, **_kwargs: Mock(has_stacks=lambda: stacks))
    monkeypatch.setattr(operator_process, "Heat", heat)
    process = Mock()
    OperatorProcess._remove_trust(process, "p")
    assert process._registry.remove.call_count == removed


def test_all_projects_answers_go_over_the_same_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    shared: list[object] = []
    monkeypatch.setattr(common, "project_in", lambda *_args, **named: shared.append(named["shared"]))
    monkeypatch.setattr(operator_process, "Bridge", Mock())
    process = Mock()
    for project in ("p", "q"):
        OperatorProcess._open(process, project)
    assert shared == [process._responses] * 2


@pytest.mark.parametrize(("watch", "project"), [("project", ""), ("project", "service"), ("cloud", "service")])
def test_it_begins_and_ends_as_a_whole(watch: str, project: str, tmp_path: Path) -> None:
    with loopback_cloud() as cloud:
        config = tmp_path / "bridge.conf"
        account = f"auth_url = {cloud.auth_url}\npassword = secret\nproject_name = {project}\n"
        config.write_text(f"[operator]\n{account}watch = {watch}\nhints = true\n")
        conf = common.load(argparse.Namespace(config_file=[str(config)], debug=False, os_cloud=None))
        oslo_messaging.get_rpc_transport(conf, url="fake://")
        conf.set_override("transport_url", "fake://")
        seen = Mock()
        process = OperatorProcess(conf, seen)
        process.start()
        (_entries,), told = seen.begin.call_args
        assert set(told["checks"]) == {"Message bus", "Keystone", *service_checks.SERVICES}
        told["checks"]["Keystone"]()
        told["checks"]["Zaqar"]()  # nobody trusts the bridge, so none is asked
        process.stop()
    seen.hold.assert_called_once_with("it is ending")
