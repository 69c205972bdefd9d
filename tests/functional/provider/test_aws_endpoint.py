"""A handler that only needs S3 finds the cloud's own by the variables that AWS's SDKs read, and nothing else of AWS."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from customresource_bridge.cmd.main import main

HANDLER = """
import hashlib, hmac, os
from urllib.request import Request, urlopen

def sign(name, value):
    # Not AWS's whole signature: enough to tell by which key pair, and for which region, a call was signed.
    key = os.environ["AWS_SECRET_ACCESS_KEY"].encode()
    return hmac.new(key, f"{os.environ['AWS_REGION']}/s3/{name}".encode() + value, hashlib.sha256).hexdigest()

def handler(event, context):
    name, value = "bucket/" + event["ResourceProperties"]["Key"], b"text"
    gone = event["RequestType"] == "Delete"
    signed = f"{os.environ['AWS_ACCESS_KEY_ID']}:{sign(name, value)}"
    request = Request(f"{os.environ['AWS_ENDPOINT_URL_S3']}/{name}", value, {"Authorization": signed},
                      method="DELETE" if gone else "PUT")
    urlopen(request).read()
    print("signed with", os.environ["AWS_SECRET_ACCESS_KEY"])
    print(*sorted(name for name in os.environ if name.startswith("AWS_") and "LAMBDA" not in name))
    return {"PhysicalResourceId": name}
"""
SECRET = "0123456789abcdef0123456789abcdef"
SIGNED = "key-id:" + hmac.new(SECRET.encode(), b"us-east-1/s3/bucket/onetext", hashlib.sha256).hexdigest()
READ_BY_SDKS = (
    "AWS_ACCESS_KEY_ID AWS_CA_BUNDLE AWS_CONFIG_FILE AWS_DEFAULT_REGION AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 "
    "AWS_EXECUTION_ENV AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_REGION AWS_SECRET_ACCESS_KEY AWS_SHARED_CREDENTIALS_FILE"
)


@pytest.fixture
def objects(httpserver: HTTPServer) -> list[tuple[str, str, str]]:
    """Return what arrives at an S3 endpoint: method, path and authorization."""
    seen: list[tuple[str, str, str]] = []

    def answer(request: Request) -> Response:
        seen.append((request.method, request.path, request.headers["Authorization"]))
        return Response(status=200)

    for method in ("PUT", "DELETE"):
        httpserver.expect_request("/s3/bucket/one", method=method).respond_with_handler(answer)
    return seen


def test_a_handler_s_calls_arrive_at_the_endpoint_signed_by_the_pair_and_the_key_is_in_no_log(
    objects: list[Any], httpserver: HTTPServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(HANDLER)
    (tmp_path / "properties.json").write_text('{"Key": "one"}')
    pair = {"AWS_ACCESS_KEY_ID": "key-id", "AWS_SECRET_ACCESS_KEY": SECRET}
    (tmp_path / "pair.json").write_text(json.dumps(pair))
    words = ["conformance", "--handler", "mine:handler", "--folder", str(tmp_path), "--json"]
    words += ["--environment", str(tmp_path / "pair.json"), "--aws-endpoint", f"s3={httpserver.url_for('/s3')}"]
    for name in ("--properties", "--changed-properties"):
        words += [name, str(tmp_path / "properties.json")]
    assert main(words) == 0
    shown = capsys.readouterr()
    assert [(method, path) for method, path, _ in objects[:2]] == [("PUT", "/s3/bucket/one")] * 2
    assert {signed for _, _, signed in objects} == {SIGNED}
    assert "DELETE" in {method for method, _, _ in objects}
    assert f"| {READ_BY_SDKS}\n" in shown.err
    assert "signed with ***" in shown.err
    assert SECRET not in shown.out + shown.err
