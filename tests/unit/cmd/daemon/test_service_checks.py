from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge import errors
from customresource_bridge.cmd import common
from customresource_bridge.cmd.daemon import service_checks

SESSION = SimpleNamespace(verify=True)


@pytest.fixture
def conf() -> Any:
    return SimpleNamespace(
        cloud=SimpleNamespace(interface="internal"), response=SimpleNamespace(ca_file=None, allowed_bases=[])
    )


class Client:
    """Remembers how it was made."""

    made: list[dict[str, Any]] = []  # noqa: RUF012 - emptied by each test

    @classmethod
    def from_session(cls, _session: Any, **where: Any) -> Any:
        cls.made.append(where)
        return SimpleNamespace(ping=lambda: None)


@pytest.fixture(autouse=True)
def _clients(monkeypatch: pytest.MonkeyPatch) -> None:
    Client.made.clear()
    monkeypatch.setattr(service_checks, "Zaqar", Client)
    monkeypatch.setattr(service_checks, "Mistral", Client)
    monkeypatch.setattr(common, "bases", lambda *_args, **_kwargs: ["https://heat/v1"])


def test_each_service_that_a_bridge_needs_has_a_check_with_little_patience(conf: Any) -> None:
    checks = service_checks.checks(conf, SESSION, region_name="north")
    assert tuple(checks) == service_checks.SERVICES
    checks["Zaqar"]()
    checks["Mistral"]()
    little = {"timeout": service_checks.PATIENCE, "longest": service_checks.PATIENCE}
    assert Client.made == [{"region_name": "north", "interface": "internal", **little}] * 2


@pytest.mark.parametrize("problem", [None, "no route to host"])
def test_a_response_url_that_cannot_be_reached_is_said(
    problem: str | None, conf: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_checks.ResponseURLs, "reach", lambda _self, _url: problem)
    check = service_checks.checks(conf, SESSION, region_name=None)["ResponseURL"]
    if problem is None:
        check()
        return
    with pytest.raises(errors.ServiceUnavailable, match="answer at https://heat:443/v1: no route to host"):
        check()
