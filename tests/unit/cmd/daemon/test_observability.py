"""What a process shows of itself: its address, and a report on a signal that keeps what must be kept."""

import io
import signal
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest
from one_bridge import SECRETS, OneBridge

from customresource_bridge import conf as bridge_conf
from customresource_bridge.cmd.daemon.observability import Observability, listen_address
from customresource_bridge.errors import ConfigurationError

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


@pytest.mark.parametrize(
    ("text", "worker", "address"),
    [
        ("", 0, None),
        ("127.0.0.1:9000", 0, ("127.0.0.1", 9000)),
        ("127.0.0.1:9000", 2, ("127.0.0.1", 9002)),
        ("192.0.2.1", 1, ("192.0.2.1", 9475)),
        ("[::1]:80", 0, ("::1", 80)),
    ],
)
def test_where_a_worker_listens(tmp_path: Path, text: str, worker: int, address: Any) -> None:
    conf = configured(tmp_path, f"[observability]\nlisten = {text}\n")
    assert listen_address(conf, worker=worker) == address


@pytest.mark.parametrize("text", ["127.0.0.1:x", ":9000", "127.0.0.1:99999", "127.0.0.1:65535", "127.0.0.1:0"])
def test_what_is_no_address_is_said(tmp_path: Path, text: str) -> None:
    conf = configured(tmp_path, f"[observability]\nlisten = {text}\n")
    with pytest.raises(ConfigurationError, match=r"\[observability\] listen"):
        listen_address(conf, worker=1 if text.endswith("65535") else 0)


def test_a_port_that_is_taken_is_said(tmp_path: Path, free_port: int) -> None:
    conf = configured(tmp_path, f"[observability]\nlisten = 127.0.0.1:{free_port}\n")
    first = Observability(conf)
    with pytest.raises(ConfigurationError, match=str(free_port)):
        Observability(conf)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/healthz", timeout=10) as answer:
        assert answer.status == 200
    first.end()


@pytest.fixture
def free_port() -> int:
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reported() -> str:
    """Return what SIGUSR2 has the process write to stderr."""
    text = io.StringIO()
    with redirect_stderr(text):
        signal.raise_signal(signal.SIGUSR2)
        for thread in threading.enumerate():
            if thread.name == "report":
                thread.join(30)
    return text.getvalue()


def test_the_report_shows_what_is_in_flight_and_no_secret(tmp_path: Path) -> None:
    observability = Observability(configured(tmp_path))
    world = OneBridge()
    request_id = world.post()
    world.claim()
    observability.begin(world.bridge.table.all, projects=lambda: 1, checks={})
    waiting, held = threading.Event(), threading.Event()

    def holding(_secret: str) -> None:
        held.set()
        waiting.wait(30)

    thread = threading.Thread(target=holding, args=(SECRETS[2],))
    thread.start()
    held.wait(30)
    text = reported()
    waiting.set()
    thread.join()
    assert "waiting.wait(30)" in text  # the thread's code is shown
    assert f"Create of Thing [{request_id}]" in text
    assert "stop_patience = 20.0" in text
    for secret in (PASSWORD, KEY, *SECRETS):
        assert secret not in text
