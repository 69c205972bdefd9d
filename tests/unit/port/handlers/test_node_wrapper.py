import os
import subprocess
import sys
from pathlib import Path

import porting
import pytest

from customresource_bridge.port.handlers.node_wrapper import wrapper_module


def test_node_code_runs_through_the_python_module_beside_it(tmp_path: Path) -> None:
    text = """\
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Code:
        ZipFile: |
          const fs = require("fs"), aws = require("@aws-sdk/client-s3"), response = require('cfn-response');
  T: {Type: Custom::T, Properties: {ServiceToken: !GetAtt F.Arn}}
"""
    result = porting.ported(text)
    assert result.proposals[0].requirements == ("@aws-sdk/client-s3", "cfn-response")
    assert "--handler node_handler:handler" in result.files["handlers/F/provider.sh"]
    module = tmp_path / "node_handler.py"
    module.write_text(result.files["handlers/F/node_handler.py"])
    subprocess.run([sys.executable, "-m", "py_compile", str(module)], check=True)  # noqa: S603 - ours


# What the module gets from node, with a program of that name in node's place.
NODE = """\
#!/bin/sh
exec PYTHON -c '
import json, os, sys
given = json.load(sys.stdin)
print("a log line of", given["event"]["RequestId"], flush=True)
os.write(given["report"], json.dumps(SAID).encode())
sys.exit(CODE)
'
"""
CALL = """\
import json, node_handler
class Context:
    def get_remaining_time_in_millis(self): return 1000
print(json.dumps(["returned", node_handler.handler({"RequestId": "request-1"}, Context())]))
"""


def called(folder: Path, said: str, code: int) -> "subprocess.CompletedProcess[str]":
    node = folder / "node"
    node.write_text(NODE.replace("PYTHON", sys.executable).replace("SAID", said).replace("CODE", str(code)))
    node.chmod(0o755)
    (folder / "node_handler.py").write_text(wrapper_module("index", "handler"))
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", CALL], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("said", "returned"), [('{"result": {"Data": {"A": "1"}}}', '{"Data": {"A": "1"}}'), ("{}", "null")]
)
def test_a_result_comes_back_beside_what_was_logged(said: str, returned: str, tmp_path: Path) -> None:
    ended = called(tmp_path, said, 0)
    assert ended.stdout.splitlines() == ["a log line of request-1", f'["returned", {returned}]']


@pytest.mark.parametrize(
    ("said", "code", "reason"), [('{"error": "quota exceeded"}', 1, "quota exceeded"), ("{}", 3, "node ended with 3")]
)
def test_a_failure_is_raised_and_what_was_logged_is_shown(said: str, code: int, reason: str, tmp_path: Path) -> None:
    ended = called(tmp_path, said, code)
    assert f"RuntimeError: {reason}" in ended.stderr
    assert ended.stdout.splitlines() == ["a log line of request-1"]
