import argparse
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from customresource_bridge.cmd import gateway
from customresource_bridge.errors import ConfigurationError
from customresource_bridge.gateway.metrics import GatewayMetrics
from customresource_bridge.protocol import Secret
from customresource_bridge.protocol.crypto.sealed import Keyring, new_key


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    gateway.add_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the configurations that were served, in place of serving them."""
    found: list[Any] = []
    monkeypatch.setattr(gateway, "_serve", found.append)
    monkeypatch.setattr(gateway.conf, "set_up_logs", lambda _conf: None)
    return found


def test_a_new_key_is_printed_and_fits_the_gateway(capsys: pytest.CaptureFixture[str]) -> None:
    assert gateway.run(parsed("--new-key")) == 0
    (key,) = capsys.readouterr().out.splitlines()
    Keyring([Secret(key)])


def test_several_files_are_read_one_after_another(served: list[Any], tmp_path: Path) -> None:
    for name, port in (("a", 1000), ("b", 2000)):
        (tmp_path / name).write_text(f"[gateway]\nport = {port}\n")
    gateway.run(parsed("--config-file", str(tmp_path / "a"), "--config-file", str(tmp_path / "b"), "--debug"))
    assert (served[0].gateway.port, served[0].debug) == (2000, True)


def test_without_any_the_variable_names_the_file(
    served: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("[gateway]\nport = 1000\n")
    monkeypatch.setenv("CUSTOMRESOURCE_BRIDGE_CONFIG", str(tmp_path / "a"))
    assert gateway.run(parsed()) == 0
    assert served[0].gateway.port == 1000
    monkeypatch.setenv("CUSTOMRESOURCE_BRIDGE_CONFIG", str(tmp_path / "absent"))
    with pytest.raises(ConfigurationError, match="absent"):
        gateway.run(parsed())


def test_a_file_with_a_key_that_every_user_may_read_is_warned_of(
    served: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[Any] = []
    monkeypatch.setattr(gateway, "warn_of_readable_secrets", lambda conf, options: warned.append((conf, options)))
    (tmp_path / "a").write_text(f"[gateway]\ngateway_keys = {new_key().reveal()}\n")
    gateway.run(parsed("--config-file", str(tmp_path / "a")))
    assert [conf for conf, _ in warned] == served
    assert any(option.secret for _group, options in warned[0][1] for option in options)


def test_it_listens_as_configured_and_warns_of_another_port_than_443(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listens: list[Any] = []
    running = SimpleNamespace(serve=lambda: None, stop=lambda: None)
    monkeypatch.setattr(gateway.server, "make_server", lambda _app, listen, **_: listens.append(listen) or running)
    monkeypatch.setattr(gateway, "GuruMeditation", lambda *_args, **_kwargs: None)
    monkeypatch.setattr(gateway.signal, "signal", lambda *_: None)
    (tmp_path / "a").write_text(
        f"[gateway]\ngateway_keys = {new_key().reveal()}\nport = 8000\nthreads = 3\nmax_connections_per_address = 7\n"
    )
    gateway._serve(gateway.conf.load([str(tmp_path / "a")]))
    assert [(one.port, one.threads, one.certificate, one.each) for one in listens] == [(8000, 3, None, 7)]
    assert "this is http on port 8000" in caplog.text


def test_its_figures_have_an_address_of_their_own_and_are_not_at_the_public_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application: Any = SimpleNamespace(metrics=GatewayMetrics())
    served: list[Any] = []
    monkeypatch.setattr(gateway, "serve_status", lambda address, **_: served.append(address))
    for text in ("127.0.0.1:9000", "127.0.0.1", ""):
        gateway._status(text, application, public=("203.0.113.7", 443))
    assert served == [("127.0.0.1", 9000), ("127.0.0.1", 9480)]
    for text, problem in (("203.0.113.7:443", "the public address"), ("127.0.0.1:x", "write an address")):
        with pytest.raises(ConfigurationError, match=problem):
            gateway._status(text, application, public=("203.0.113.7", 443))
