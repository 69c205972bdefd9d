"""How to port a template: every command of the guide runs, in its order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pages
import pytest
from functional.bridge_process import environment
from functional.tenant import Tenant

GUIDE = "docs/how-to/port-a-template.md"
TEMPLATE = """\
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Code: {ZipFile: 'def handler(event, context): return {"PhysicalResourceId": "thing"}'}
  Thing: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt Function.Arn}}
  Other: {Type: Custom::Name, Properties: {ServiceToken: 'arn:aws:lambda:x'}}
"""
EXPECTED = {"customresource-bridge port template.yaml --check": 1}
"""The exit codes that the guide itself says are not 0."""


def test_every_command_of_the_guide_runs(tenant: Tenant, tmp_path: Path) -> None:
    tenant.mistral.delete("/workflows/guide-Name", raise_exc=False)  # of a former run on this cloud
    folder = tmp_path / "guide"
    folder.mkdir()
    (folder / "template.yaml").write_text(TEMPLATE)
    more = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    exported: dict[str, str] = {}
    assert len(pages.commands(GUIDE)) > 5
    for line in pages.commands(GUIDE):
        if line.startswith("pip install"):
            continue  # the tests' own environment has the extra
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            exported[name] = value
            continue
        if line.endswith("provider.sh"):
            line += " --once"  # noqa: PLW2901 - it would go on for ever
        if "template.yaml --output-dir ported --" in line:
            line += " --force"  # noqa: PLW2901 - a second time, after the first
        done = subprocess.run(  # noqa: S603 - the guide's own commands
            ["/bin/sh", "-c", line],
            cwd=folder,
            env=environment(**more, **exported),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == EXPECTED.get(line, 0), f"{line}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", sorted((pages.ROOT / GUIDE).parent.glob("*.md")), ids=lambda page: page.stem)
def test_what_a_page_includes_is_there(page: Path) -> None:
    for name in re.findall(r"```\{literalinclude\} (\S+)", page.read_text()):
        assert (page.parent / name).is_file(), name
