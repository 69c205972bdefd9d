"""check --loop through the gateway: all is well, or the bridge does not know the gateway's CA."""

from pathlib import Path
from typing import Any

from functional.bridge_process import bridge, environment
from functional.gateway.cloud import CloudGateway
from functional.loop import checked, problems


def test_it_finds_nothing_wrong_where_an_answer_gets_through_the_gateway(
    gateway_cloud: CloudGateway, tenant_project: Any, tmp_path: Path
) -> None:
    del tenant_project  # Zaqar and Mistral answer
    config = tmp_path / "bridge.conf"
    config.write_text(gateway_cloud.bridge_options())
    answered = gateway_cloud.log.read_text().count("told the handler 200")
    with bridge(tmp_path / "bridge.log", "--config-file", str(config), environ=environment()):
        done = checked("--config-file", str(config))
    assert (done.returncode, problems(done)) == (0, {}), done.stdout
    assert gateway_cloud.log.read_text().count("told the handler 200") > answered


def test_it_finds_a_ca_that_the_bridge_does_not_know(gateway_cloud: CloudGateway, tmp_path: Path) -> None:
    config = tmp_path / "bridge.conf"
    config.write_text(
        "".join(line for line in gateway_cloud.bridge_options().splitlines(keepends=True) if "ca_file" not in line)
    )
    with bridge(tmp_path / "bridge.log", "--config-file", str(config), environ=environment()):
        done = checked("--config-file", str(config), "--loop-timeout", "15")
    found = problems(done)
    assert done.returncode == 1
    assert list(found) == ["loop: answer"]
    assert "[response] ca_file has to name the CA" in found["loop: answer"]
