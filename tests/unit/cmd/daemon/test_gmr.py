"""The report on a signal keeps what must be kept."""

import io
import signal
import threading
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge import conf as bridge_conf
from customresource_bridge.cmd.daemon.gmr import GuruMeditation
from customresource_bridge.gateway import conf as gateway_conf
from customresource_bridge.gateway.options import list_opts as gateway_opts
from customresource_bridge.protocol.crypto.sealed import new_key

PASSWORD, KEY = "password-of-mine", "key-of-mine-0123456789abcdef"


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR2)
    yield
    signal.signal(signal.SIGUSR2, before)


def configured(folder: Path, text: str = "") -> Any:
    file = folder / "bridge.conf"
    file.write_text(f"[operator]\npassword = {PASSWORD}\n[security]\nsignature_keys = {KEY}\n{text}")
    return bridge_conf.load([str(file)])


def reported() -> str:
    """Return what SIGUSR2 has the process write to stderr."""
    text = io.StringIO()
    with redirect_stderr(text):
        signal.raise_signal(signal.SIGUSR2)
        for thread in threading.enumerate():
            if thread.name == "report":
                thread.join(30)
    return text.getvalue()


def test_options_that_are_secret_are_masked(tmp_path: Path) -> None:
    gmr = GuruMeditation(configured(tmp_path), name="bridge")
    gmr.show("Mine", lambda: {"a": "b"})
    text = reported()
    assert "signature_keys = ***" in text
    assert PASSWORD not in text
    assert KEY not in text
    assert "a = b" in text


def test_the_gateway_s_report_holds_no_key(tmp_path: Path) -> None:
    key = new_key().reveal()
    file = tmp_path / "gateway.conf"
    file.write_text(f"[gateway]\ngateway_keys = {key}\n")
    GuruMeditation(gateway_conf.load([str(file)]), name="gateway")
    text = reported()
    assert "gateway_keys = ***" in text
    assert key not in text


def test_the_report_may_go_into_a_folder(tmp_path: Path) -> None:
    GuruMeditation(configured(tmp_path, f"[oslo_reports]\nlog_dir = {tmp_path}\n"), name="bridge")
    assert reported() == ""
    (file,) = tmp_path.glob("bridge-*_gurumeditation_*")
    assert "Guru Meditation" in file.read_text()


def test_every_option_that_is_secret_by_its_name_is_masked() -> None:
    names = ("password", "key", "secret", "token")
    for _group, options in (*bridge_conf.list_opts(), *gateway_opts()):
        for option in options:
            if any(name in option.name for name in names) and option.name not in {"min_token_life", "tls_key"}:
                assert option.secret, option.name


def test_without_its_library_the_signal_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "oslo_reports", None)
    gmr = GuruMeditation(configured(tmp_path), name="bridge")
    gmr.show("more", dict)
    signal.raise_signal(signal.SIGUSR2)
    assert "customresource-bridge[observe]" in "".join(capfd.readouterr())
