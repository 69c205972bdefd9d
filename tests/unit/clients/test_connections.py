from pathlib import Path

import pytest
import requests

from customresource_bridge.clients.connections import Connections


def settings(pool: Connections, url: str) -> tuple[str | None, str | None]:
    found = pool.merge_environment_settings(url, {}, False, True, None)
    return found["proxies"].get("http"), found["verify"]


def test_the_environment_says_where_the_proxy_and_the_certificates_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:8080")
    monkeypatch.setenv("no_proxy", "inside")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/ca.pem")
    pool = Connections(4)
    assert settings(pool, "http://outside/a") == ("http://proxy:8080", "/ca.pem")
    assert settings(pool, "http://inside/a") == (None, "/ca.pem")


def test_it_is_asked_once_for_each_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("http_proxy", raising=False)
    pool = Connections(4)
    settings(pool, "http://one/a")
    monkeypatch.setenv("http_proxy", "http://proxy:8080")
    assert settings(pool, "http://one/b")[0] is None
    assert settings(pool, "http://two/a")[0] == "http://proxy:8080"


def test_what_a_call_does_to_its_settings_stays_with_it() -> None:
    pool = Connections(4)
    pool.merge_environment_settings("http://one/a", {}, False, True, None)["proxies"]["http"] = "changed"
    assert settings(pool, "http://one/a")[0] != "changed"


def test_no_netrc_gives_a_call_other_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine one login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    call = requests.Request("GET", "http://one/a")
    assert "Authorization" in requests.Session().prepare_request(call).headers
    assert "Authorization" not in Connections(4).prepare_request(call).headers
