"""A session from clouds.yaml or OS_*: what is wrong is said in words, what is right is set on the session."""

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from openstack.config import loader
from pytest_httpserver import HTTPServer

from customresource_bridge import errors
from customresource_bridge.clients.keystone import session
from customresource_bridge.compat import UTC

CLOUDS = """
clouds:
  mine:
    region_name: North
    auth: {auth_url: "http://127.0.0.1:9/v3", username: u, password: p, project_name: x}
"""


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OS_CLOUD", "OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME", "OS_REGION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(loader, "CONFIG_FILES", [])  # an older openstacksdk keeps here what another test has named
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))


@pytest.mark.parametrize("cloud", ["another", None])
def test_credentials_that_are_not_there_are_a_matter_of_configuration(
    cloud: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if cloud is None:
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "none.yaml"))
        monkeypatch.chdir(tmp_path / "..")
    with pytest.raises(errors.ConfigurationError, match="OS_CLOUD"):
        session.load(cloud=cloud, timeout=5, min_token_life=900, connections=3)


def test_a_cloud_of_clouds_yaml_gives_a_session_with_a_timeout() -> None:
    made = session.load(cloud="mine", timeout=5, min_token_life=900, connections=3)
    assert made.timeout == 5
    assert session.region_name("mine") == "North"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_login_is_not_taken_elsewhere(status: int, httpserver: HTTPServer) -> None:
    elsewhere = {"Location": httpserver.url_for("/evil")}
    httpserver.expect_request("/v3/auth/tokens").respond_with_data("{}", status=status, headers=elsewhere)
    httpserver.expect_request("/v3").respond_with_data("{}", status=status, headers=elsewhere)
    made = session.load(cloud="mine", timeout=5, min_token_life=900, connections=3)
    made.auth.auth_url = httpserver.url_for("/v3")
    with pytest.raises(errors.ServiceUnavailable, match="something else than Keystone answered"):
        session.project_id(made)
    assert {request.path for request, _ in httpserver.log} <= {"/v3", "/v3/auth/tokens"}


def test_keystone_away_is_told_as_such() -> None:
    made = session.load(cloud="mine", timeout=1, min_token_life=900, connections=3)
    with pytest.raises(errors.ServiceUnavailable):
        session.project_id(made)


class Login:
    """What is asked of a keystoneauth plugin, with Keystone's tokens of a given life."""

    MIN_TOKEN_LIFE_SECONDS = 120

    def __init__(self, life: int) -> None:
        self.seconds, self.logins, self._life = 0.0, 0, life
        self._until = 0.0

    def get_auth_ref(self, _session: object) -> SimpleNamespace:
        self.logins += 1
        self._until = self.seconds + self._life
        issued = datetime.now(UTC)
        return SimpleNamespace(issued=issued, expires=issued + timedelta(seconds=self._life))

    def call(self) -> float:
        """Make one call as keystoneauth does; return how long its token is still good for."""
        if self._until - self.seconds < self.MIN_TOKEN_LIFE_SECONDS or not self.logins:
            self.get_auth_ref(None)
        return self._until - self.seconds


@pytest.mark.parametrize(
    ("life", "logins", "good_for"), [(3600, 14, 900), (900, 45, 90), (300, 134, 30), (1000, 72, 500), (60, 655, 6)]
)
def test_a_short_token_costs_about_one_login_for_its_life_and_a_long_one_is_good_for_what_is_wanted(
    life: int, logins: int, good_for: int
) -> None:
    login = Login(life)
    session.renew_in_time(login, 900)
    least = 10_000.0
    for second in range(36_000):
        login.seconds = second
        least = min(least, login.call())
    assert login.logins <= logins
    assert least >= good_for
