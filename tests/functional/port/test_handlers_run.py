"""What a port writes out runs as it is: inline code, in Python and in Node, answers its ResponseURL."""

import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import porting
import pytest
import trustme
from functional.bridge_process import PROGRAM, environment
from functional.gateway import installed
from functional.gateway.cloud import free_loopback
from functional.tenant import Tenant
from pytest_httpserver import HTTPServer

from customresource_bridge.provider.ending import Returned
from customresource_bridge.provider.runner import HandlerSpec, run
from customresource_bridge.provider.runtime import recognise_runtime
from devstack.cloud import prerequisites

NODE = """\
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Code:
        ZipFile: |
          const https = require("https");
          exports.handler = async (event, context) => {
            const body = JSON.stringify({Status: "SUCCESS",
              PhysicalResourceId: "node-thing", RequestId: event.RequestId,
              StackId: event.StackId, LogicalResourceId: event.LogicalResourceId,
              Data: {Left: context.getRemainingTimeInMillis() > 0, Log: context.logStreamName}});
            await new Promise((resolve, reject) => {
              const request = https.request(event.ResponseURL,
                {method: "PUT", headers: {"content-type": "", "content-length": body.length}}, resolve);
              request.on("error", reject);
              request.end(body);
            });
          };
  Thing: {Type: 'Custom::Thing', Properties: {ServiceToken: !GetAtt Function.Arn}}
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ca")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    return folder


@pytest.fixture
def answers(authority: Path) -> Iterator[HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem")
    with HTTPServer(host="localhost", ssl_context=context) as server:
        server.expect_request("/answer", method="PUT").respond_with_data("")
        yield server


def written_out(template: str, folder: Path) -> Path:
    """Port the template, and return the folder of its one handler."""
    result = porting.ported(template)
    (proposal,) = result.proposals
    for name, text in result.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "handlers" / proposal.name


def corpus(name: str) -> str:
    (source,) = [path for path in porting.CORPUS if path.stem == name]
    return source.read_text()


def answer_of(template: str, folder: Path, authority: Path, answers: HTTPServer) -> dict[str, Any]:
    """Port the template, run its one handler for a Create, and return what it PUT."""
    home = written_out(template, folder)
    command = (home / "provider.sh").read_text()
    name = command.split("--handler ")[1].split()[0]
    handler = HandlerSpec(
        name=name,
        runtime=recognise_runtime(name, home),
        python=str(installed.python()),
        folder=home,
        environment={
            "SSL_CERT_FILE": str(authority / "ca.pem"),
            "NODE_EXTRA_CA_CERTS": str(authority / "ca.pem"),
            "GREETING": "hello",
        },
    )
    event = {
        "RequestType": "Create",
        "RequestId": "7d1c0b7e-5f0e-4a52-9c42-3f6d0c6f5b11",
        "StackId": "arn:openstack:heat::p:stacks/s/1",
        "LogicalResourceId": "Thing",
        "ResourceType": "Custom::Thing",
        "ServiceToken": "zaqar:x",
        "ResponseURL": answers.url_for("/answer"),
        "ResourceProperties": {"ServiceToken": "zaqar:x", "Number": "21"},
    }
    assert isinstance(run(handler, event, seconds=120), Returned)
    ((request, _response),) = answers.log
    body = json.loads(request.get_data())
    assert body["Status"] == "SUCCESS", body
    data: dict[str, Any] = body["Data"]
    return data


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("03-inline-cfnresponse", {"Doubled": "42"}),
        ("04-inline-crhelper", {"Stack": "${AWS::StackName}"}),
        ("05-inline-urllib3", {"Greeting": "hello"}),
    ],
)
def test_inline_python_runs_unmodified(
    name: str, data: dict[str, str], tmp_path: Path, authority: Path, answers: HTTPServer
) -> None:
    assert answer_of(corpus(name), tmp_path, authority, answers) == data


def test_a_ported_stack_is_completed_by_its_own_provider_sh(tenant: Tenant, tmp_path: Path) -> None:
    text = corpus("05-inline-urllib3")
    script = str(written_out(text, tmp_path) / "provider.sh")
    base = str(tenant.session.get_endpoint(service_type="cloudformation"))
    environ = environment(RESPONSE_BASE_URL=base, PATH=f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}")
    with (tmp_path / "log").open("w") as log:
        provider = subprocess.Popen(["/bin/sh", script], env=environ, stdout=log, stderr=log)  # noqa: S603 - ours
    try:
        stack = tenant.create(porting.hot(porting.ported(text)))
        assert stack.outputs() == {"Greeting": "It says hello!"}, stack.reason() + (tmp_path / "log").read_text()
        stack.delete()
    finally:
        provider.terminate()
        provider.wait(60)
        tenant.zaqar.delete("/queues/cr-Responder")


def test_conformance_sh_says_that_each_inline_handler_keeps_the_contract(tmp_path: Path) -> None:
    prerequisites.provide(installed.NODE_PROGRAMS)
    names = ["03-inline-cfnresponse", "04-inline-crhelper", "05-inline-urllib3"]
    running = [checking(corpus(name), tmp_path / name, "--python", str(installed.python())) for name in names]
    running.append(checking(corpus("06-inline-node"), tmp_path / "node", "--port", "443"))
    for process in running:
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
        assert "This handler keeps the contract" in said


def checking(template: str, folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start what a port wrote out to check the template's handler, all of them at once: mostly they wait."""
    home = written_out(template, folder)
    if (home / "package.json").exists():  # as the guide says; its module knows no other port than 443
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=home, check=True)  # noqa: S607
        arguments = (*arguments, "--host", free_loopback(443))
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(  # noqa: S603 - our own script
        ["/bin/sh", str(home / "conformance.sh"), *arguments],
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_inline_node_runs_unmodified(tmp_path: Path, authority: Path, answers: HTTPServer) -> None:
    prerequisites.provide(installed.NODE_PROGRAMS)
    data = answer_of(NODE, tmp_path, authority, answers)
    assert data["Left"] is True
    assert data["Log"]
