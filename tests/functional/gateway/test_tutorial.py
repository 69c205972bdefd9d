"""The tutorials about providers (provider.md and those of one handler), run as they stand, to the deleted stack."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from functional.gateway import installed
from functional.gateway.cloud import CloudGateway
from standalone import CLOUDS, ROOT

from devstack.cloud import prerequisites

PAGES = ROOT / "docs" / "tutorial"
INSTALLERS = ("PIP_", "NPM_CONFIG_", "NODE_EXTRA_CA_CERTS")
"""How the variables begin that say where pip and npm have packages from."""
STEP = re.compile(r"<!-- (run|file): ([^>]*) -->\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass
class Two:
    """The tenant and the provider, each in a folder and an environment of its own; or you, who are both."""

    folder: Path
    tenant: dict[str, str]
    provider: dict[str, str]
    background: "list[subprocess.Popen[str]]"

    def run(self, who: str, script: str) -> "subprocess.CompletedProcess[str]":
        person = who.partition(",")[0]
        environments = {"tenant": self.tenant, "provider": self.provider, "you": {**self.tenant, **self.provider}}
        environment = environments[person]
        command = ["bash", "-euo", "pipefail", "-c", script]
        if "background" in who:
            log = (self.folder / "provider.log").open("w")
            process = subprocess.Popen(  # noqa: S603
                command, cwd=self.folder / person, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            self.background.append(process)
            return subprocess.CompletedProcess(command, 0, "", "")
        return subprocess.run(  # noqa: S603
            command, cwd=self.folder / person, env=environment, capture_output=True, text=True, timeout=600, check=False
        )


@dataclass(frozen=True, kw_only=True)
class Tutorial:
    """A page about one handler.

    :ivar shown: what it shows in between.
    :ivar things: where the handler keeps its things.
    """

    page: str
    steps: int
    shown: tuple[str, ...] = ("second-steps",)
    things: str = "notes"


PROVIDER = Tutorial(page="provider.md", steps=11)
SAM = Tutorial(page="sam-project.md", steps=9, shown=("notes/second-steps",), things="ported/handlers/Notes/notes")
NODE = Tutorial(page="node-handler.md", steps=11, shown=("second-steps", "Property Title is missing"))
SHELL = Tutorial(page="shell-handler.md", steps=10)
PORTED = ("notes/second-steps", "Property Title is missing")
INLINE = Tutorial(page="inline-lambda.md", steps=11, shown=PORTED, things="ported/handlers/Writer/notes")
CDK = Tutorial(page="cdk-app.md", steps=12, shown=PORTED, things="ported/handlers/OnEvent74718524/notes")
TUTORIALS = [SAM, NODE, SHELL, INLINE, CDK]


@dataclass(frozen=True)
class Play:
    """A page that is played, and where."""

    folder: Path
    ended: "Future[tuple[str, str]]"


@pytest.fixture(scope="module")
def plays(gateway_cloud: CloudGateway, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Play]:
    """Play the pages beside each other: mostly they wait for a stack."""
    prerequisites.provide({**installed.NODE_PROGRAMS, "jq": "jq", "curl": "curl"})
    folders = {tutorial.page: tmp_path_factory.mktemp(Path(tutorial.page).stem) for tutorial in (PROVIDER, *TUTORIALS)}
    # All end before a test does: after each, pytest takes a variable out of the environment, where a reader then fails.
    with ThreadPoolExecutor(len(folders)) as pool:
        return {
            tutorial.page: Play(
                folders[tutorial.page],
                pool.submit(played, tutorial.page, tutorial.steps, gateway_cloud, folders[tutorial.page]),
            )
            for tutorial in (PROVIDER, *TUTORIALS)
        }


def test_no_two_pages_name_one_stack() -> None:
    """They are played beside each other in one project."""
    named = [name for tutorial in (PROVIDER, *TUTORIALS) for name in created(tutorial.page)]
    assert named
    assert sorted(named) == sorted(set(named))


def created(page: str) -> set[str]:
    """Return the names of the stacks that a page has its reader create."""
    return {line.split()[-1] for line in (PAGES / page).read_text().splitlines() if "openstack stack create" in line}


def test_a_provider_with_nothing_but_a_queue(plays: dict[str, Play]) -> None:
    play = plays[PROVIDER.page]
    said, logged = play.ended.result()
    assert "This handler keeps the contract" in said
    assert "ns1.example.org" in said
    assert "bob" in said
    assert "nonsense is no zone: give it a top level" in said
    assert list((play.folder / "provider" / "zones").iterdir()) == []
    for place in ("/v1/responses/gAAAA", "signature"):
        assert place not in logged


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda tutorial: tutorial.page)
def test_a_handler_of_one_s_own(tutorial: Tutorial, plays: dict[str, Play]) -> None:
    said, logged = plays[tutorial.page].ended.result()
    assert "This handler keeps the contract" in said
    assert [text for text in tutorial.shown if text not in said] == []
    assert "wrote second-steps" in logged
    assert list((plays[tutorial.page].folder / "you" / tutorial.things).iterdir()) == []
    assert "/v1/responses/gAAAA" not in logged


def played(page: str, number: int, cloud: CloudGateway, folder: Path) -> tuple[str, str]:
    """Do a page's steps; return what they said, and what the provider logged."""
    two = people(cloud, folder)
    steps = STEP.findall((PAGES / page).read_text())
    assert len(steps) == number
    shown, ended = "", False
    try:
        for kind, label, text in steps:
            if kind == "file":
                (folder / label).parent.mkdir(parents=True, exist_ok=True)
                (folder / label).write_text(text)
                continue
            done = two.run(label, text)
            fails = "it fails" in label
            assert (done.returncode != 0) == fails, f"{text}\n{done.stdout}\n{done.stderr}\n{log(two)}"
            shown += done.stdout
            handed_over(folder)
            time.sleep(0.1)
        ended = True
    finally:
        if not ended:  # its provider still runs; what is left would be in the way of other tests
            two.run("tenant", f"timeout 120 openstack stack delete --yes --wait {' '.join(sorted(created(page)))}")
        for process in two.background:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
    return shown, log(two)


def people(cloud: CloudGateway, folder: Path) -> Two:
    (folder / "tenant").mkdir()
    (folder / "provider").mkdir()
    (folder / "you").mkdir()
    programs = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]), "HOME": str(folder)}
    programs |= {name: value for name, value in os.environ.items() if name.startswith(INSTALLERS)}
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
