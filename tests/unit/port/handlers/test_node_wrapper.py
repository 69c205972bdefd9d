import subprocess
import sys
from pathlib import Path

import porting


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
