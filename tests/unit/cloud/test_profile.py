"""What a profile changes in the services' configuration, and that the plain cloud has none of it."""

import configparser
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from devstack.cloud import bridge_conf, clouds_yaml, seed, settings
from devstack.cloud.profile import PROFILES, named
from devstack.cloud.services import haproxy, redis
from devstack.cloud.services.catalogue import services
from devstack.cloud.settings import Settings


def cloud(profile: str = "") -> Settings:
    return Settings(Path("/somewhere"), 21000, "a-secret", profile=named(profile))


def read(text: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, default_section="none of them")
    parser.read_string(text)
    return parser


def conf(profile: str, service: str, file: str) -> configparser.ConfigParser:
    files = services(cloud(profile))[service].files
    return read(next(text for path, text in files.items() if path.name == file))


def test_no_api_is_spoken_to_in_plain_text_where_a_profile_has_tls() -> None:
    written = [text for service in services(cloud("kolla")).values() for text in service.files.values()]
    assert [text for text in written if "http://" in text] == []
    assert any("https://127.0.0.2:21000" in text for text in written)


def test_who_logs_in_by_tls_is_told_whose_certificates_count() -> None:
    ca_file = str(cloud("kolla").ca_file)
    found = conf("kolla", "heat-engine", "heat.conf")
    for section in ("keystone_authtoken", "trustee", "ec2authtoken"):
        assert found[section]["cafile"] == ca_file
    for section in ("clients", "clients_keystone", "ec2authtoken"):
        assert found[section]["ca_file"] == ca_file
    assert json.loads(clouds_yaml.render(cloud("kolla")))["clouds"]["demo"]["cacert"] == ca_file
    assert read(bridge_conf.render(cloud("kolla")))["operator"]["ca_file"] == ca_file


def test_tenants_come_by_the_public_address_and_services_by_the_internal_one() -> None:
    found = conf("kolla", "heat-engine", "heat.conf")
    assert found["keystone_authtoken"]["auth_url"] == "https://127.0.0.2:21000"
    assert found["DEFAULT"]["heat_waitcondition_server_url"] == "https://127.0.0.3:21009/v1/waitcondition"
    clouds = json.loads(clouds_yaml.render(cloud("kolla")))["clouds"]
    assert clouds["demo"]["auth"]["auth_url"] == "https://127.0.0.3:21000/v3"
    assert read(bridge_conf.render(cloud("kolla")))["response"]["allowed_bases"] == "https://127.0.0.3:21009/v1"


def test_haproxy_serves_each_api_at_each_address_of_the_catalogue() -> None:
    (proxy,) = haproxy.services(cloud("kolla"))
    (text,) = proxy.files.values()
    for name in haproxy.APIS:
        port = cloud().port(name)
        assert all(f"bind {address}:{port} ssl" in text for address in ("127.0.0.2", "127.0.0.3"))
        assert f"server {name} 127.0.0.1:{port}" in text


@pytest.mark.parametrize(("service", "file"), [("heat-engine", "heat.conf"), ("mistral-server", "mistral.conf")])
def test_quorum_queues_and_notifications_of_their_own_are_every_services(service: str, file: str) -> None:
    found = conf("kolla", service, file)
    assert found["oslo_messaging_rabbit"]["rabbit_quorum_queue"] == "true"
    assert found["oslo_concurrency"]["lock_path"] == "/somewhere/.cloud/data/locks"
    assert found["oslo_messaging_notifications"]["transport_url"].endswith(":21003/notifications")
    mine = read(bridge_conf.render(cloud("kolla")))
    assert all(mine[section] == found[section] for section in ("oslo_messaging_rabbit", "oslo_messaging_notifications"))
    definitions = next(t for p, t in services(cloud("kolla"))["rabbitmq"].files.items() if p.suffix == ".json")
    assert {"name": "notifications"} in json.loads(definitions)["vhosts"]


def test_the_databases_and_each_connection_to_them_have_the_profiles_letters() -> None:
    for name, profile in PROFILES.items():
        host = cloud(name).hosts[0]
        found = conf(name, host.name("heat-engine"), "heat.conf")
        assert found["database"]["connection"].endswith(f"?charset={profile.character_set}")
        server = conf(name, host.name("mariadb"), f"{host.name('mariadb')}.cnf")
        assert server["mariadbd"]["character-set-server"] == profile.character_set


@pytest.mark.parametrize("service", ["heat-engine", "mistral-server"])
def test_what_uses_python_mistralclient_trusts_the_clouds_own_authority(service: str) -> None:
    """It takes no `cafile` of Heat's or Mistral's; what requests trusts by itself knows no private one."""
    assert services(cloud("kolla"))[service].environ["REQUESTS_CA_BUNDLE"] == str(cloud("kolla").ca_file)
    assert "REQUESTS_CA_BUNDLE" not in services(cloud())[service].environ


def test_the_plain_cloud_has_one_address_without_tls() -> None:
    assert haproxy.services(cloud()) == ()
    assert cloud().url("zaqar") == cloud().public_url("zaqar") == "http://127.0.0.1:21006"
    assert cloud().notification_url == cloud().transport_url
    assert not {"oslo_messaging_rabbit", "oslo_middleware"} & set(conf("", "heat-engine", "heat.conf"))
    assert "cacert" not in clouds_yaml.render(cloud())


def test_a_profile_has_a_directory_of_its_own_and_the_others_virtual_environment(tmp_path: Path) -> None:
    kolla = settings.load({"CRB_CLOUD_PROFILE": "kolla", "CRB_CLOUD_RELEASE": "2025.1"}, where=tmp_path)
    assert kolla.root == tmp_path / ".cloud-2025.1-kolla"
    assert kolla.venv == tmp_path / ".cloud" / "venv-2025.1"


def test_a_profile_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"CRB_CLOUD_PROFILE='ansible': the profiles are ha, helm, kolla"):
        settings.load({"CRB_CLOUD_PROFILE": "ansible"}, where=tmp_path)


class Catalogue:
    """Keystone, as far as the catalogue is made in it. Ids are drawn, as Keystone's are."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}

    def create(self, kind: str, path: str, **attributes: Any) -> str:
        made = hashlib.sha256(f"{kind} {len(self.made)}".encode()).hexdigest()
        self.made[f"{path}/{made}"] = attributes
        return made

    def update(self, kind: str, path: str, **attributes: Any) -> None:
        assert path.startswith(kind)
        self.made[path].update(attributes)

    def endpoints(self) -> list[dict[str, Any]]:
        """Return them as Keystone lists them: by their ids."""
        return [self.made[key] for key in sorted(self.made) if key.startswith("endpoints/")]


@pytest.mark.parametrize("profile", ["kolla", "helm"])
def test_another_region_comes_before_the_cloud_s_own(profile: str) -> None:
    keystone = Catalogue()
    seed._catalogue(keystone, cloud(profile))  # type: ignore[arg-type]
    of: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for endpoint in keystone.endpoints():
        of.setdefault((endpoint["service_id"], endpoint["interface"]), []).append(endpoint)
    assert len(of) == 12
    assert {tuple(one["region_id"] for one in both) for both in of.values()} == {("ElsewhereRegion", settings.REGION)}
    assert {both[0]["url"] for both in of.values()} == {"http://127.0.0.1:9"}


def test_queues_are_spread_over_pools_where_a_profile_has_some() -> None:
    assert conf("helm", "zaqar", "zaqar.conf")["DEFAULT"]["pooling"] == "true"
    assert conf("", "zaqar", "zaqar.conf")["DEFAULT"]["pooling"] == "false"


def test_there_is_a_database_for_each_pool() -> None:
    (server,) = redis.services(cloud("helm"), cloud("helm").hosts[0])
    (text,) = server.files.values()
    assert f"databases {redis.FIRST_POOL + cloud('helm').profile.pools}\n" in text


@pytest.mark.parametrize("profile", ["", "kolla", "helm"])
def test_whoever_looks_into_a_catalogue_is_told_which_region_is_meant(profile: str) -> None:
    assert read(bridge_conf.render(cloud(profile)))["cloud"]["region"] == settings.REGION
    assert conf(profile, "mistral-server", "mistral.conf")["openstack_actions"]["default_region"] == settings.REGION
    assert conf(profile, "heat-engine", "heat.conf")["DEFAULT"]["region_name_for_services"] == settings.REGION
    assert json.loads(clouds_yaml.render(cloud(profile)))["clouds"]["demo"]["region_name"] == settings.REGION


def test_the_plain_cloud_has_one_region() -> None:
    keystone = Catalogue()
    seed._catalogue(keystone, cloud())  # type: ignore[arg-type]
    assert {endpoint["region_id"] for endpoint in keystone.endpoints()} == {settings.REGION}
