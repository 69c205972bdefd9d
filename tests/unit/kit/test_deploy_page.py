"""What the page has a deployment tool be told: its options exist, its parts fit one another, the images and the log."""

import configparser
import json
import logging
import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pages
import pytest
import yaml
from keystoneauth1 import loading
from oslo_config import cfg
from oslo_log import formatters, log

from customresource_bridge import log_lines

PAGE = "docs/how-to/deploy.md"
IMAGES = pages.ROOT / "customresource_bridge" / "kit" / "container" / "Containerfile"
LIBRARIES = ("oslo.concurrency", "oslo.log", "oslo.messaging")
STRING = re.compile(r"^    format(?:_firstline|1) /(.*)/$", re.MULTILINE)


def block(begins: str) -> str:
    """Return the page's block that begins so."""
    (text,) = [text for _language, text in pages.blocks(PAGE) if text.startswith(begins)]
    return text


def values() -> Any:
    return yaml.safe_load(block("images:"))


def osa() -> Any:
    return yaml.safe_load(block("heat_user_pip_packages:"))


def conf(text: str) -> dict[str, dict[str, str]]:
    """Return an INI file's sections."""
    parser = configparser.ConfigParser(interpolation=None, default_section="none of these")
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def secret(name: str) -> dict[str, str]:
    """Return the files of one of the chart's extra secrets."""
    found: dict[str, str] = values()["extraObjects"][name]["stringData"]
    return found


def engines() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what each tool gives heat-engine beside its own, and no other process where it can."""
    return {
        "kolla": conf(block("[custom_resource]")),
        "openstack-ansible": osa()["heat_heat_conf_overrides"],
        "helm": conf(secret("customresource-heat-engine")["customresource.conf"]),
    }


def apis() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what each tool gives heat-api-cfn beside its own."""
    return {
        "kolla": conf(block("[ec2authtoken]")),
        "openstack-ansible": osa()["heat_heat_conf_overrides"],
        "helm": values()["conf"]["heat"],
    }


def bridges() -> dict[str, str]:
    return {
        "kolla": block("[DEFAULT]\ntransport_url"),
        "helm": secret("customresource-bridge-conf")["customresource-bridge.conf"],
    }


def gateways() -> dict[str, str]:
    return {
        "kolla": block("[DEFAULT]\nlog_dir"),
        "helm": secret("customresource-gateway-conf")["gateway.conf"],
    }


def options(*namespaces: str) -> dict[str, list[Any]]:
    """Return what oslo-config-generator lists, by group."""
    found: dict[str, list[Any]] = {}
    for point in entry_points(group="oslo.config.opts"):
        if point.name in namespaces:
            for group, listed in point.load()():
                found.setdefault(str(group or "DEFAULT"), []).extend(listed)
    return found


def wrong(text: dict[str, dict[str, Any]], known: dict[str, list[Any]]) -> list[str]:
    """Return which options of a file are unknown, or have a value that is not theirs."""
    found = []
    for group, lines in text.items():
        names = {name: option for option in known.get(group, []) for name in (option.name, option.dest)}
        for name, value in lines.items():
            option = names.get(name)
            try:
                if option is None:
                    found.append(f"[{group}] {name}: unknown")
                elif not str(value).startswith("<"):
                    option.type(str(value))
            except ValueError as error:
                found.append(f"[{group}] {name}: {error}")
    return found


@pytest.mark.parametrize("tool", engines())
def test_what_is_added_to_heat_conf_are_options_of_ours_and_of_keystoneauth(tool: str) -> None:
    known = {
        **options("customresource_bridge.plugin"),
        "ec2authtoken": [
            *loading.get_auth_common_conf_options(),
            *loading.get_auth_plugin_conf_options("password"),
            *loading.get_session_conf_options(),
            *loading.get_adapter_conf_options(),
        ],
    }
    assert wrong(engines()[tool], known) == []
    assert wrong(apis()[tool], known) == []


@pytest.mark.parametrize("tool", apis())
def test_heat_api_cfn_finds_keystone_where_the_catalogue_s_address_has_a_version(tool: str) -> None:
    """It puts /v3/ec2tokens behind it."""
    assert not apis()[tool]["ec2authtoken"]["endpoint_override"].endswith("/v3")


def test_the_keys_are_heat_engine_s_where_the_tool_can_keep_them_apart() -> None:
    before = pages.read(PAGE).partition("[custom_resource]\n")[0]
    assert re.findall(r"`(/etc/kolla/config/[^`]*)`", before)[0] == "/etc/kolla/config/heat/heat-engine.conf"
    name = values()["extraObjects"]["customresource-heat-engine"]["metadata"]["name"]
    assert values()["pod"]["etcSources"] == {"heat_engine": [{"secret": {"name": name}}]}
    assert "custom_resource" not in apis()["kolla"]
    assert "custom_resource" not in apis()["helm"]


def test_where_a_tool_has_a_file_for_secrets_the_keys_are_variables_of_it() -> None:
    secrets = {f"{{{{ {name} }}}}" for name in yaml.safe_load(block("customresource_signature_keys:"))}
    for tool in ("kolla", "openstack-ansible"):
        section = engines()[tool]["custom_resource"]
        assert {section["signature_keys"], section["gateway_keys"]} == secrets


@pytest.mark.parametrize("tool", bridges())
def test_a_bridge_s_file_has_options_of_its_own_and_of_its_libraries(tool: str) -> None:
    assert wrong(conf(bridges()[tool]), options("customresource_bridge.bridge", *LIBRARIES)) == []


@pytest.mark.parametrize("tool", gateways())
def test_a_gateway_s_file_has_options_of_its_own_and_of_its_libraries(tool: str) -> None:
    assert wrong(conf(gateways()[tool]), options("customresource_bridge.gateway", *LIBRARIES)) == []


def test_an_unknown_option_and_a_value_that_is_none_are_found() -> None:
    known = {"gateway": [cfg.PortOpt("port")]}
    assert wrong({"gateway": {"port": "8443", "gate": "1"}}, known) == ["[gateway] gate: unknown"]
    assert wrong({"gateway": {"port": "many"}}, known) != []


def test_bridges_have_what_a_queue_manager_needs() -> None:
    for text in map(conf, bridges().values()):
        assert text["oslo_messaging_rabbit"]["use_queue_manager"] == "true"
        assert text["oslo_concurrency"]["lock_path"]


def test_answers_are_taken_at_the_gateway_s_own_address() -> None:
    for tool, text in bridges().items():
        assert conf(text)["response"]["allowed_bases"] == engines()[tool]["custom_resource"]["gateway_url"]


def test_what_writes_a_log_s_file_turns_it_over() -> None:
    for text in map(conf, (*bridges().values(), *gateways().values())):
        own = text.get("DEFAULT", {})
        assert ("log_file" in own) == (own.get("log_rotation_type") == "size")


def test_each_front_leads_to_the_gateway_s_port_asks_for_its_health_and_logs_no_path() -> None:
    front, port = block("frontend "), conf(gateways()["kolla"])["gateway"]["port"]
    assert set(re.findall(r"^    server \S+ \S+:(\d+) check ", front, re.MULTILINE)) == {port}
    assert "    no log\n" in front
    assert "    option httpchk GET /healthz\n" in front
    (service,) = osa()["haproxy_extra_services"]
    assert str(service["haproxy_backend_port"]) == port
    assert service["haproxy_frontend_raw"] == ["no log"]
    assert "httpchk GET /healthz" in service["haproxy_backend_options"]


def test_between_front_and_gateway_is_tls_for_the_public_name() -> None:
    """ResponseURLs and answers go that way, over a network of others."""
    for tool, text in gateways().items():
        assert {"tls_certificate", "tls_key"} <= set(conf(text)["gateway"]), tool
    name = engines()["kolla"]["custom_resource"]["gateway_url"].removeprefix("https://")
    servers = re.findall(r"^    server \S+ \S+ check (.*)$", block("frontend "), re.MULTILINE)
    assert set(servers) == {f"ssl verify required ca-file {{{{ haproxy_backend_cacert }}}} verifyhost {name}"}
    (service,) = osa()["haproxy_extra_services"]
    assert service["haproxy_backend_ssl"]
    assert service["haproxy_backend_ca"]
    assert service["haproxy_backend_server_options"] == ["verify required", f"verifyhost {name}"]
    (container,) = values()["extraObjects"]["customresource-gateway"]["spec"]["template"]["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["scheme"] == "HTTPS"
    gateway = conf(gateways()["helm"])["gateway"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    # What a secret of type kubernetes.io/tls has.
    assert (gateway["tls_certificate"], gateway["tls_key"]) == (f"{mounts['tls']}/tls.crt", f"{mounts['tls']}/tls.key")


def test_containers_have_their_files_logs_and_time_to_stop() -> None:
    folder = conf(bridges()["kolla"])["DEFAULT"]["log_dir"]
    assert conf(gateways()["kolla"])["DEFAULT"]["log_dir"] == folder
    assert f"\n  path {folder}/*.log\n" in block("<source>")
    started = block("install -d ")
    owner = " ".join(re.findall(r"useradd --uid (\d+) --gid (\d+)", IMAGES.read_text())[0])
    assert f"install -d -o {owner.replace(' ', ' -g ')} " in started
    assert f"_data/{Path(folder).name}\n" in started
    gateway = conf(gateways()["kolla"])["gateway"]
    bridge_s, gateway_s = started.split("docker run ")[1:]
    for command, files in (  # each has its own alone: the gateway's hold its key
        (bridge_s, ["/etc/customresource-bridge/customresource-bridge.conf"]),
        (gateway_s, ["/etc/customresource-bridge/gateway.conf", gateway["tls_certificate"], gateway["tls_key"]]),
    ):
        mounted = re.findall(r"--volume (/etc/customresource-bridge/\S+) ", command)
        assert mounted == [f"{file}:{file}:ro" for file in files]
    assert started.count("--volume kolla_logs:/var/log/kolla ") == 2
    assert "--name customresource_bridge --network host --restart unless-stopped --stop-timeout 90 " in started


@pytest.mark.parametrize("name", ["bridge", "gateway"])
def test_objects_of_the_chart_fit_the_image(name: str) -> None:
    objects, stage = values()["extraObjects"], IMAGES.read_text().partition(f"\nFROM base AS {name}\n")[2]
    pod = objects[f"customresource-{name}"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    user, group = map(int, re.findall(r"^USER (\d+):(\d+)$", stage, re.MULTILINE)[0])
    assert pod["securityContext"] == {"runAsUser": user, "runAsGroup": group, "fsGroup": group}
    assert pod["terminationGracePeriodSeconds"] == 90
    probed = container["readinessProbe"]["httpGet"]["port"]
    assert str(probed) == re.findall(r"^EXPOSE (\d+)$", stage, re.MULTILINE)[0]
    ((file, text),) = secret(f"customresource-{name}-conf").items()
    command = json.loads(re.findall(r"^CMD (.*)$", stage, re.MULTILINE)[0])
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert command[-1] == f"{mounts['conf']}/{file}"
    (volume,) = [each["secret"] for each in pod["volumes"] if each["name"] == "conf"]
    assert volume == {"secretName": objects[f"customresource-{name}-conf"]["metadata"]["name"], "defaultMode": 0o440}
    assert f"0.0.0.0:{probed}" in text or f"port = {probed}" in text
    labels = objects[f"customresource-{name}"]["spec"]["template"]["metadata"]["labels"]
    assert objects[f"customresource-{name}"]["spec"]["selector"]["matchLabels"] == labels


def test_the_service_of_the_chart_leads_to_the_gateway() -> None:
    objects = values()["extraObjects"]
    service = objects["customresource-gateway-service"]["spec"]
    assert service["selector"] == objects["customresource-gateway"]["spec"]["selector"]["matchLabels"]
    assert service["ports"] == [{"port": int(conf(gateways()["helm"])["gateway"]["port"])}]


def test_the_plugin_s_log_has_a_logger_in_the_chart() -> None:
    logging_conf = values()["conf"]["logging"]
    keys = [name for name in logging_conf["loggers"]["keys"] if f"logger_{name}" in logging_conf]
    assert [logging_conf[f"logger_{name}"]["qualname"] for name in keys] == [log_lines.LOG.name.partition(".")[0]]


@pytest.mark.parametrize("level", [logging.INFO, logging.WARNING, logging.ERROR])
def test_fluentd_s_expressions_take_the_log_s_lines(level: int) -> None:
    first, whole = (re.compile(text.replace("(?<", "(?P<")) for text in STRING.findall(block("<source>")))
    formatter = log_lines.LinesFormatter(_formatter())
    record = logging.LogRecord(
        "customresource_bridge.bridge", level, "", 1, "Create of %s: claimed\n  so", ("dns",), None
    )
    line = formatter.format(record)
    assert first.match(line)
    found = whole.match(line.splitlines()[0])
    assert found
    assert found.group("Pid", "log_level", "python_module", "Payload") == (
        str(record.process),
        record.levelname,
        record.name,
        "Create of dns: claimed",
    )
    assert not first.match(line.splitlines()[1])


def _formatter() -> formatters.ContextFormatter:
    """Return what oslo.log gives a log's file."""
    options = cfg.ConfigOpts()
    log.register_options(options)
    options([])
    return formatters.ContextFormatter(datefmt=options.log_date_format, config=options)


def test_mistral_s_actions_trust_in_kolla_s_executor_what_the_bridge_trusts() -> None:
    image = block("FROM quay.io/openstack.kolla/mistral-executor")
    assert f"ENV REQUESTS_CA_BUNDLE={conf(bridges()['kolla'])['operator']['ca_file']}" in image.splitlines()
