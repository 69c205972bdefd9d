"""Heat's engine, the gateway and the bridge at DEBUG: no log and no process's arguments hold a secret."""

from pathlib import Path

from functional.bridge_process import bridge, environment
from functional.gateway.cloud import CloudGateway
from functional.plugin.stacks import Stacks, custom, hot
from functional.secrets_in import IN_EXECUTIONS, NO_ECHO, PATTERNS, plugin_lines, secrets_in
from standalone import CLOUDS, LOGS

from customresource_bridge.clients.mistral.mistral import Mistral

ENGINE_LOG = LOGS / "heat-engine.log"
HIDDEN = "a-parameter-that-nobody-may-see"
WORKFLOWS = f"""
version: '2.0'
crbs_keep:
  input: [request]
  output:
    physical_resource_id: kept
    no_echo: true
    data:
      Password: {NO_ECHO}
  tasks:
    keep:
      action: std.noop
crbs_refuse:
  input: [request]
  tasks:
    look:
      action: std.noop
      on-success:
        - refuse: <% $.request.RequestType != Delete %>
    refuse:
      action: std.fail error_data="there is no room"
"""
KEPT = {
    **hot(
        {"a": custom("mistral:crbs_keep", {"hidden": {"get_param": "hidden"}})}, {"p": {"get_attr": ["a", "Password"]}}
    ),
    "parameters": {"hidden": {"type": "string", "hidden": True, "default": HIDDEN}},
}
ALL = tuple(PATTERNS)
ITS_OWN = ("a Fernet token", "Heat's signed query", "NoEcho data")
"""What not even Heat's own lines say."""


def test_no_log_and_no_argument_holds_a_secret(gateway_cloud: CloudGateway, tmp_path: Path) -> None:
    mistral = Mistral.from_session(gateway_cloud.demo, timeout=120)
    known = {workflow.name for workflow in mistral._workflows.list()}
    mistral._workflows.update(WORKFLOWS) if "crbs_keep" in known else mistral._workflows.create(WORKFLOWS)
    config = tmp_path / "bridge.conf"
    config.write_text(gateway_cloud.bridge_options())
    log = tmp_path / "bridge.log"
    begins = ENGINE_LOG.stat().st_size
    told = environment(OS_CLIENT_CONFIG_FILE=str(CLOUDS))
    with bridge(log, "--config-file", str(config), environ=told), Stacks(gateway_cloud.demo) as stacks:
        kept, refused = stacks.create(KEPT), stacks.create(hot({"a": custom("mistral:crbs_refuse")}))
        assert kept.wait("CREATE_COMPLETE").outputs() == {"p": "****"}
        refused.wait("CREATE_FAILED")
        asked = [one for one in mistral._executions.list() if one.workflow_name in {"crbs_keep", "crbs_refuse"}]
        arguments = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if _is_ours(file)]
        for stack in (kept, refused):
            stack.delete().wait("DELETE_COMPLETE")

    with ENGINE_LOG.open() as engine:
        engine.seek(begins)
        logs = {"heat-engine": engine.read(), "gateway": gateway_cloud.log.read_text(), "bridge": log.read_text()}
    for name, text in logs.items():
        assert kept.id in text, f"{name} says nothing"
        assert secrets_in(text, names=ALL if name != "heat-engine" else ITS_OWN) == [], name
        assert gateway_cloud.signature_key not in text, name
    assert secrets_in(plugin_lines(ENGINE_LOG, begins)) == []
    assert len(asked) >= 2
    assert any(HIDDEN in execution.input for execution in asked)  # a handler is told it, and nobody else
    for execution in asked:
        assert "ResponseURL" not in execution.input
        assert gateway_cloud.signature_key not in execution.input
        assert secrets_in(execution.input, names=IN_EXECUTIONS) == []
    assert arguments
    assert [found for line in arguments if (found := secrets_in(line.decode(errors="replace")))] == []


def _is_ours(file: Path) -> bool:
    try:
        return b"customresource-bridge" in file.read_bytes() or b"heat-engine" in file.read_bytes()
    except OSError:
        return False
