"""The conformance command tells a good handler from each kind of bad one, over real https and without any cloud."""

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from customresource_bridge.cmd.main import main

PROGRAM = str(Path(sys.executable).parent / "customresource-bridge")
GOOD = """
import json, time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

def answer(event, **changes):
    body = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    body.update(Status="SUCCESS", PhysicalResourceId=event.get("PhysicalResourceId", "thing"), Data={"A": "1"})
    body.update(changes)
    return {key: value for key, value in body.items() if value != "left out"}

def put(event, raw, tries=3):
    for _ in range(tries):
        try:
            urlopen(Request(event["ResponseURL"], data=raw, method="PUT"))
            return
        except HTTPError as error:
            if error.code != 503:
                return
        time.sleep(0.05)

def handler(event, context):
    put(event, json.dumps(answer(event)).encode())
"""


Check = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Return what writes a handler, has the command check it, and returns the exit code and the report."""

    def run(code: str, *options: str) -> tuple[int, dict[str, Any]]:
        (tmp_path / "mine.py").write_text(GOOD + code)
        status = main(["conformance", "--handler", "mine:handler", "--folder", str(tmp_path), "--json", *options])
        shown = capsys.readouterr()
        assert shown.out, shown.err
        return status, json.loads(shown.out)

    return run


def verdicts(result: dict[str, Any], verdict: str) -> set[str]:
    return {rule["rule"] for rule in result["rules"] if rule["verdict"] == verdict}


def test_a_good_handler_keeps_every_rule(check: Check) -> None:
    code, result = check("")
    assert (code, result["conforms"]) == (0, True)
    assert verdicts(result, "broken") == verdicts(result, "advice") == set()
    assert [item["step"] for item in result["exchanges"]] == [
        "Create",
        "Create, delivered again",
        "Update",
        "Update, rolled back",
        "Delete",
        "Delete, delivered again",
        "Delete of what was never made",
    ]


BAD = {
    "answers": "def handler(event, context): pass",
    "valid": "def handler(event, context): put(event, json.dumps(answer(event)).encode()[:-5])",
    "create": "def handler(event, context):\n"
    "    failed = event['RequestType'] == 'Create'\n"
    "    put(event, json.dumps(answer(event, Status='FAILED' if failed else 'SUCCESS', Reason='no')).encode())",
    "rollback": "def handler(event, context):\n"
    "    failed = event['ResourceProperties']['Name'] == 'one' and event['RequestType'] == 'Update'\n"
    "    put(event, json.dumps(answer(event, Status='FAILED' if failed else 'SUCCESS', Reason='no')).encode())",
    "delete-never-made": "def handler(event, context):\n"
    "    failed = event.get('PhysicalResourceId', 'thing') != 'thing'\n"
    "    put(event, json.dumps(answer(event, Status='FAILED' if failed else 'SUCCESS', Reason='404')).encode())",
    "same-again": "import uuid\ndef handler(event, context):\n"
    "    name = event.get('PhysicalResourceId') or str(uuid.uuid4())\n"
    "    put(event, json.dumps(answer(event, PhysicalResourceId=name)).encode())",
    "own-id": "def handler(event, context):\n"
    "    put(event, json.dumps(answer(event, PhysicalResourceId=context.log_stream_name)).encode())",
}


def test_a_handler_that_never_tries_again_is_told_of_another_answer_to_the_same_request(check: Check) -> None:
    code, result = check(BAD["same-again"] + "\ndef put(event, raw, put=put): return put(event, raw, tries=1)")
    assert code == 1
    assert verdicts(result, "broken") == {"same-again"}


def test_a_thing_keeps_the_id_of_its_create_though_the_503_lost_the_second_answer(check: Check) -> None:
    known = "def handler(event, context):\n    assert event.get('PhysicalResourceId', 'thing').startswith('thing')\n"
    _, result = check(known + "    put(event, json.dumps(answer(event)).encode(), tries=1)")
    update = next(item for item in result["exchanges"] if item["step"] == "Update")
    assert (update["status"], update["physical_resource_id"]) == ("SUCCESS", "thing")
    assert "Delete of what was replaced" not in {item["step"] for item in result["exchanges"]}


BREAKS_OFF = """
import os, socket, ssl
from urllib.parse import urlsplit

def handler(event, context):
    url, raw = urlsplit(event["ResponseURL"]), json.dumps(answer(event)).encode()[:-3]
    context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    client = socket.create_connection((url.hostname, url.port))
    with context.wrap_socket(client, server_hostname=url.hostname) as client:
        client.sendall(f"PUT {url.path} HTTP/1.1\\r\\nHost: x\\r\\nFRAMING\\r\\n\\r\\n".encode() + raw)
        client.shutdown(socket.SHUT_WR)
        while client.recv(1000):  # until the gateway has answered, and not only its TLS session ticket
            pass
"""


@pytest.mark.parametrize("framing", ["Content-Length: 9999", "Transfer-Encoding: chunked"])
def test_a_body_that_breaks_off_is_reported(check: Check, framing: str) -> None:
    _, result = check(BREAKS_OFF.replace("FRAMING", framing))
    assert {"answers", "valid"} <= verdicts(result, "broken")
    assert all(item["puts"] == [400] for item in result["exchanges"])


@pytest.mark.parametrize("rule", BAD)
def test_each_bad_handler_breaks_its_rule(check: Check, rule: str) -> None:
    code, result = check(BAD[rule], "--timeout", "5")
    assert (code, result["conforms"]) == (1, False)
    assert rule in verdicts(result, "broken")


ADVICE = {
    "spelling": "def handler(event, context):\n"
    "    return {'physicalResourceId': event.get('PhysicalResourceId', 'thing'), 'Data': {}, 'Status': 'Success'}",
    "comes-back": "def handler(event, context): put(event, json.dumps(answer(event)).encode(), tries=1)",
    "ends": "def handler(event, context):\n    put(event, json.dumps(answer(event)).encode())\n    return object()",
    "gives-id": "def handler(event, context):\n"
    "    put(event, json.dumps(answer(event, PhysicalResourceId='left out')).encode())",
    "copies-ids": "def handler(event, context): put(event, json.dumps(answer(event, StackId='left out')).encode())",
    "small": "def handler(event, context): put(event, json.dumps(answer(event, Data={'A': 'x' * 5000})).encode())",
    "flat-data": "def handler(event, context): put(event, json.dumps(answer(event, Data={'A': {'B': 1}})).encode())",
}


@pytest.mark.parametrize("rule", ADVICE)
def test_what_works_here_and_not_everywhere_is_advice(check: Check, rule: str) -> None:
    code, result = check(ADVICE[rule])
    assert (code, result["conforms"]) == (0, True)
    assert rule in verdicts(result, "advice")


def test_a_returned_answer_counts(check: Check) -> None:
    code, result = check("def handler(event, context): return answer(event)")
    assert code == 0
    assert all(item["returned"] for item in result["exchanges"])


def test_a_crash_is_shown_with_its_reason(check: Check) -> None:
    _, result = check("def handler(event, context): raise ValueError('no such zone')")
    (answers,) = (rule for rule in result["rules"] if rule["rule"] == "answers")
    assert "The handler raised ValueError: no such zone" in answers["detail"]


def test_the_properties_are_the_author_s(check: Check, tmp_path: Path) -> None:
    (tmp_path / "first.json").write_text('{"Zone": "example.org"}')
    (tmp_path / "then.json").write_text('{"Zone": "example.net"}')
    code, _ = check(
        "ORIGINAL = handler\ndef handler(event, context):\n"
        "    zones = ('example.org', 'example.net')\n"
        "    assert event['ResourceProperties']['Zone'] in zones\n"
        "    ORIGINAL(event, context)",
        *("--properties", str(tmp_path / "first.json"), "--changed-properties", str(tmp_path / "then.json")),
    )
    assert code == 0


def test_a_terminal_gets_colours_and_a_pipe_does_not(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(GOOD)
    command = [PROGRAM, "conformance", "--handler", "mine:handler", "--folder", str(tmp_path)]
    plain = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout  # noqa: S603
    assert "This handler keeps the contract" in plain
    assert "\x1b[" not in plain
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, check=True, timeout=120)  # noqa: S603
    os.close(theirs)
    assert b"\x1b[32m" in os.read(ours, 65536)  # a terminal's buffer holds more than the report has


class Lambda(BaseHTTPRequestHandler):
    """A handler behind a URL."""

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"PhysicalResourceId": event.get("PhysicalResourceId", "thing"), "Data": {"A": "1"}}
        raw = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args: object) -> None: ...


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Lambda)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


def test_a_handler_behind_a_url(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--url", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["conforms"]


CDK = """
from pathlib import Path
def on_event(event, context):
    if event["RequestType"] != "Delete":
        Path("looks").unlink(missing_ok=True)
        return {"PhysicalResourceId": event["ResourceProperties"]["Name"], "Data": {"A": "1"}, "Job": 7}
def is_complete(event, context):
    assert event.get("Job") == 7 or event["RequestType"] == "Delete"
    looks = Path("looks")
    looks.write_text((looks.read_text() if looks.exists() else "") + "x")
    return {"IsComplete": len(looks.read_text()) > 1}
"""


def test_the_cdk_s_functions_are_known_and_asked_until_they_are_complete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(CDK)
    words = [
        "conformance",
        "--handler",
        "mine:on_event",
        "--folder",
        str(tmp_path),
        "--query-interval",
        "0.01",
        "--json",
    ]
    code = main(words)
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert (code, verdicts(result, "broken"), verdicts(result, "advice")) == (0, set(), set())
    assert "style cdk (since it is named on_event), asked mine:is_complete" in shown.err


def test_a_handler_that_cannot_be_loaded_is_not_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text("import no_such_library")
    assert main(["conformance", "--handler", "mine:handler", "--folder", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "--handler mine:handler: The handler could not be loaded: ModuleNotFoundError" in shown.err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ([], "--handler"),
        (["--handler", "x:y", "--url", "http://x"], "--handler"),
        (["--handler", "nothing"], "module:function"),
        (["--url", "ftp://x"], "--url"),
        (["--handler", "x:y", "--properties", "/nowhere"], "/nowhere"),
        (["--handler", "x:y", "--folder", "/nowhere"], "/nowhere"),
    ],
)
def test_a_wrong_call_is_explained(options: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", *options]) == 2
    shown = capsys.readouterr().err
    assert named in shown
    assert len(shown.splitlines()) == 1
