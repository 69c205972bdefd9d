"""What the starter writes and what it compares: INI files, fingerprints, clouds.yaml, the clean environment."""

import json
from pathlib import Path

import pytest

from devstack.cloud import clouds_yaml, environ, fingerprint, ini, prerequisites
from devstack.cloud.settings import Settings

SETTINGS = Settings(Path("/somewhere"), 21000, "a-secret")


def test_ini_writes_booleans_as_oslo_reads_them() -> None:
    assert ini.render({"a": {"on": True, "n": 3, "text": "x"}}) == "[a]\non = true\nn = 3\ntext = x\n"


def test_ini_refuses_a_value_that_would_begin_a_new_option() -> None:
    with pytest.raises(ValueError, match=r"\[a\] b: a value must be one line"):
        ini.render({"a": {"b": "x\nadmin_token = y"}})


def test_a_fingerprint_knows_names_contents_and_texts(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("same")
    other.write_text("same")
    prints = {
        fingerprint.of_files([one]),
        fingerprint.of_files([other]),
        fingerprint.of_files([one, other]),
        fingerprint.of_files([one], "text"),
    }
    assert len(prints) == 4
    before = fingerprint.of_files([one])
    one.write_text("else")
    assert fingerprint.of_files([one]) != before


def test_clouds_yaml_has_the_administrator_and_plain_tenants() -> None:
    clouds = json.loads(clouds_yaml.render(SETTINGS))["clouds"]
    assert set(clouds) == {"admin", "demo", "other"}
    assert clouds["demo"]["auth"]["project_name"] == "demo"
    assert clouds["demo"]["auth"]["auth_url"] == "http://127.0.0.1:21000/v3"


def test_nothing_of_the_callers_openstack_reaches_a_service() -> None:
    outer = {"OS_CLOUD": "mine", "PYTHONPATH": "/mine", "https_proxy": "http://proxy", "HOME": "/home/me"}
    inner = environ.clean(SETTINGS, outer)
    assert inner["https_proxy"] == "http://proxy"
    assert inner["HOME"] == "/somewhere/.cloud/conf"
    assert not {"OS_CLOUD", "PYTHONPATH"} & set(inner)
    assert "127.0.0.1" in inner["no_proxy"]


def test_missing_programs_are_named_with_their_package() -> None:
    lacking = prerequisites.missing(lambda program: program != "redis-server")
    assert lacking == {"redis-server": "redis-server"}
