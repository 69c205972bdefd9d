"""Heat's engine, the gateway and the bridge at DEBUG: no log and no process's arguments hold a secret."""

import re
from pathlib import Path

from functional.bridge_process import bridge, environment
from functional.plugin.stacks import Stacks, custom, hot

from customresource_bridge.clients.mistral import Mistral
from tests.functional.gateway.cloud import CloudGateway
from tests.standalone import CLOUDS, LOGS

ENGINE_LOG = LOGS / "heat-engine.log"
NO_ECHO = "no-echo-data-that-nobody-may-see"
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
TOKENS = re.compile(r"gAAAA[\w-]{40,}|[?&](?:Signature|AWSAccessKeyId)=[\w%]{20,}")
"""What Fernet makes: Keystone's tokens, and the sealed part of a ResponseURL; and what signs Heat's own URL."""


def test_no_log_and_no_argument_holds_a_secret(gateway_cloud: CloudGateway, tmp_path: Path) -> None:
    mistral = Mistral.from_session(gateway_cloud.demo, timeout=120)
    known = {workflow.name for workflow in mistral._workflows.list()}
    mistral._workflows.update(WORKFLOWS) if "crbs_keep" in known else mistral._workflows.create(WORKFLOWS)
    config = tmp_path / "bridge.conf"
    config.write_text(gateway_cloud.bridge_options())
    log = tmp_path / "bridge.log"
    begins = ENGINE_LOG.stat().st_size
    told = environment(OS_CLIENT_CONFIG_FILE=str(CLOUDS))
    with bridge(log, "--debug", "--config-file", str(config), environ=told), Stacks(gateway_cloud.demo) as stacks:
        kept = stacks.create(hot({"a": custom("mistral:crbs_keep")}, {"p": {"get_attr": ["a", "Password"]}}))
        refused = stacks.create(hot({"a": custom("mistral:crbs_refuse")}))
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
        assert NO_ECHO not in text, name
        found = TOKENS.search(text)
        assert found is None, f"{name}: ...{text[max(0, found.start() - 300) : found.start() + 10]}"
    assert len(asked) >= 2
    for execution in asked:
        assert "ResponseURL" not in execution.input
        assert gateway_cloud.signature_key not in execution.input
    for name, text in logs.items():
        assert gateway_cloud.signature_key not in text, name
    assert arguments
    assert not [line for line in arguments if TOKENS.search(line.decode(errors="replace"))]


def _is_ours(file: Path) -> bool:
    try:
        return b"customresource-bridge" in file.read_bytes() or b"heat-engine" in file.read_bytes()
    except OSError:
        return False
