import argparse
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from customresource_bridge.clients.keystone import session as sessions
from customresource_bridge.clients.url_fence import Base
from customresource_bridge.cmd import common
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.protocol import ids
from customresource_bridge.protocol.messaging.heartbeat import BridgeMode
from customresource_bridge.testing import FakeZaqar


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    common.add_arguments(parser)
    return parser.parse_args(words)


def conf(tmp_path: Any, text: str = "") -> Any:
    file = tmp_path / "bridge.conf"
    file.write_text(text)
    return common.load(arguments("--config-file", str(file), "--os-cloud", "mine"))


def test_the_arguments_stand_above_the_files(tmp_path: Any) -> None:
    assert conf(tmp_path, "[cloud]\nname = another\n").cloud.name == "mine"


def test_the_settings_are_the_configuration_s_and_hide_its_keys(tmp_path: Any) -> None:
    settings = common.settings(conf(tmp_path, "[bridge]\nworkers = 3\n[security]\nsignature_keys = key-of-mine\n"))
    assert (settings.workers, [key.reveal() for key in settings.keys]) == (3, ["key-of-mine"])
    assert "key-of-mine" not in repr(settings)


def test_a_route_that_cannot_be_read_is_named(tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match="only two"):
        common.routes(conf(tmp_path, "[routes]\nroute = only two\n"))


@pytest.mark.parametrize(
    ("text", "catalogue", "bases"),
    [
        ("[response]\nallowed_bases = https://a,https://b\n", "https://heat", ["https://a", "https://b"]),
        ("", "https://heat", ["https://heat"]),
        ("", None, []),
    ],
)
def test_response_urls_lie_where_the_configuration_says_or_the_catalogue(
    text: str, catalogue: str | None, bases: list[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "endpoint", lambda *_args, **_kwargs: catalogue)
    assert common.bases(conf(tmp_path, text), None, region_name=None) == bases


def test_a_project_s_own_bases_and_the_connections_of_all(tmp_path: Any) -> None:
    shared = Mock()
    config = conf(tmp_path, "[response]\nallowed_bases = https://a\n")
    assert common.response_urls(config, None, region_name=None, shared=shared) is shared.under.return_value
    ((bases,), _) = shared.under.call_args
    assert bases == [Base.parse("https://a")]


@pytest.mark.parametrize(
    ("text", "verify", "trusted"),
    [
        ("[response]\nca_file = /heat.pem\n", "/cloud.pem", "/heat.pem"),
        ("", "/cloud.pem", "/cloud.pem"),
        ("", True, None),
        ("", False, None),
    ],
)
def test_response_urls_are_checked_by_their_own_ca_or_the_one_of_the_services(
    text: str, verify: bool | str, trusted: str | None, tmp_path: Path
) -> None:
    assert common.ca_file(conf(tmp_path, text), SimpleNamespace(verify=verify)) == trusted


def test_the_region_is_the_configuration_s_or_the_cloud_s_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "region_name", lambda cloud: f"of {cloud}")
    assert common.region(conf(tmp_path, "[cloud]\nregion = north\n")) == "north"
    assert common.region(conf(tmp_path)) == "of mine"


def test_a_session_has_a_connection_for_each_worker(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(sessions, "load", lambda **given: asked.update(given) or SimpleNamespace())
    common.session(conf(tmp_path, "[bridge]\nworkers = 30\n"))
    assert asked == {"cloud": "mine", "timeout": 20.0, "min_token_life": 900, "connections": 38}


def test_the_heartbeats_are_of_this_process_and_hold_no_secret(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = conf(tmp_path, "[bridge]\nworkers = 3\n[security]\nsignature_keys = key-of-mine\n")
    zaqar = FakeZaqar(lambda: 0.0)
    made: list[dict[str, Any]] = []
    clients = SimpleNamespace(from_session=lambda *_args, **where: made.append(where) or zaqar)
    monkeypatch.setattr(common, "Zaqar", clients)
    for mode in (BridgeMode.TENANT, BridgeMode.OPERATOR):
        common.heartbeats(ours, None, region_name=None, mode=mode, entries=list).beat()
    assert {(where["timeout"], where["longest"]) for where in made} == {(5.0, 5.0)}
    tenants, operators = [message.body for message in zaqar.messages(ids.BRIDGE_QUEUE)]
    assert (tenants["pid"], tenants["workers"], tenants["mode"]) == (os.getpid(), 3, "tenant")
    assert operators["mode"] == "operator"
    assert tenants["id"] != operators["id"]
    assert "key-of-mine" not in str(tenants)
