"""docs/tutorial/provider.md, run as it stands: a provider with nothing but a pre-signed queue completes a stack."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from functional.gateway.cloud import CloudGateway
from standalone import CLOUDS, ROOT

PAGE = ROOT / "docs" / "tutorial" / "provider.md"
STEP = re.compile(r"<!-- (run|file): ([^>]*) -->\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass
class Two:
    """The tenant and the provider, each in a folder and an environment of its own."""

    folder: Path
    tenant: dict[str, str]
    provider: dict[str, str]
    background: "list[subprocess.Popen[str]]"

    def run(self, who: str, script: str) -> "subprocess.CompletedProcess[str]":
        person = who.partition(",")[0]
        environment = self.tenant if person == "tenant" else self.provider
        command = ["bash", "-euo", "pipefail", "-c", script]
        if "background" in who:
            log = (self.folder / "provider.log").open("w")
            process = subprocess.Popen(  # noqa: S603
                command, cwd=self.folder / person, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            self.background.append(process)
            return subprocess.CompletedProcess(command, 0, "", "")
        return subprocess.run(  # noqa: S603
            command, cwd=self.folder / person, env=environment, capture_output=True, text=True, timeout=400, check=False
        )


def test_the_tutorial(gateway_cloud: CloudGateway, tmp_path: Path) -> None:
    two = people(gateway_cloud, tmp_path)
    steps = STEP.findall(PAGE.read_text())
    assert len(steps) == 11
    shown = ""
    try:
        for kind, label, text in steps:
            if kind == "file":
                (tmp_path / label).write_text(text)
                continue
            done = two.run(label, text)
            fails = "it fails" in label
            assert (done.returncode != 0) == fails, f"{text}\n{done.stdout}\n{done.stderr}\n{log(two)}"
            shown += done.stdout
            handed_over(tmp_path)
            time.sleep(0.1)
    finally:
        for process in two.background:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
    assert "This handler keeps the contract" in shown
    assert "ns1.example.org" in shown
    assert "bob" in shown
    assert "nonsense is no zone: give it a top level" in shown
    assert list((tmp_path / "provider" / "zones").iterdir()) == []
    for place in ("/v1/responses/gAAAA", "signature"):
        assert place not in log(two)


def people(cloud: CloudGateway, folder: Path) -> Two:
    (folder / "tenant").mkdir()
    (folder / "provider").mkdir()
    programs = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]), "HOME": str(folder)}
    catalogue = cloud.demo.get_endpoint(service_type="messaging", interface="public")
    tenant = {**programs, "OS_CLIENT_CONFIG_FILE": str(CLOUDS), "OS_CLOUD": "demo"}
    provider = {**programs, "ZAQAR": catalogue, "GATEWAY": cloud.base, "CA": str(cloud.ca_file)}
    return Two(folder, tenant, provider, [])


def handed_over(folder: Path) -> None:
    """The tenant sends the file to the provider, by whatever way."""
    signed = folder / "tenant" / "zone-requests.json"
    if signed.exists() and not (folder / "provider" / signed.name).exists():
        (folder / "provider" / signed.name).write_bytes(signed.read_bytes())


def log(two: Two) -> str:
    file = two.folder / "provider.log"
    return file.read_text() if file.exists() else pytest.fail("the provider was not started")
