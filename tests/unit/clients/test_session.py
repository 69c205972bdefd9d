"""A session from clouds.yaml or OS_*: what is wrong is said in words, what is right is set on the session."""

from pathlib import Path

import pytest

from customresource_bridge import errors
from customresource_bridge.clients import session

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


def test_keystone_away_is_told_as_such() -> None:
    made = session.load(cloud="mine", timeout=1, min_token_life=900, connections=3)
    with pytest.raises(errors.ServiceUnavailable):
        session.project_id(made)
