"""What a port writes out runs as it is: inline code, in Python and in Node, answers its ResponseURL."""

import json
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import porting
import pytest
import trustme
from functional.gateway import installed
from pytest_httpserver import HTTPServer

from customresource_bridge.provider.runner import Handler, Returned, run

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


def answer_of(template: str, folder: Path, authority: Path, answers: HTTPServer) -> dict[str, Any]:
    """Port the template, run its one handler for a Create, and return what it PUT."""
    result = porting.ported(template)
    (proposal,) = result.proposals
    for name, text in result.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    home = folder / "handlers" / proposal.name
    command = (home / "provider.sh").read_text()
    handler = Handler(
        name=command.split("--handler ")[1].split()[0],
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
    (source,) = [path for path in porting.CORPUS if path.stem == name]
    assert answer_of(source.read_text(), tmp_path, authority, answers) == data


if shutil.which("node"):  # an option of the provider, as node is one of its machine

    def test_inline_node_runs_unmodified(tmp_path: Path, authority: Path, answers: HTTPServer) -> None:
        data = answer_of(NODE, tmp_path, authority, answers)
        assert data["Left"] is True
        assert data["Log"]
