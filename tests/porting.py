"""What the tests of the port share: its corpus, and a way to port a few lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from customresource_bridge.port.beside import NO_CODE, CodeFolder, Files, ReadFolder, ReadTemplate, TemplateFile
from customresource_bridge.port.context import Options
from customresource_bridge.port.report import Level, PortFinding
from customresource_bridge.port.translate import Ported, port

DATA = Path(__file__).parent / "data" / "port"
CORPUS = sorted((DATA / "templates").iterdir())
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "expected.yaml").read_text())


def ported(text: str, **options: Any) -> Ported:
    return port(text.encode(), Options(**options))


def beside(folders: Mapping[str, Files]) -> ReadFolder:
    """Return what reads these folders, and no others."""
    return lambda path: CodeFolder(files=folders[path]) if path in folders else NO_CODE


def templates(texts: Mapping[str, str]) -> ReadTemplate:
    """Return what reads these templates, and no others."""
    return lambda path: TemplateFile(path, texts[path].encode()) if path in texts else None


def hot(result: Ported) -> dict[str, Any]:
    """Return the ported template as Heat's own reader sees it."""
    loaded = yaml.safe_load(result.template)
    assert isinstance(loaded, dict)
    return loaded


def value(expression: str, *, more: str = "", **options: Any) -> Any:
    """Port one property's value and return what became of it; None where it is left out."""
    return properties(f"V: {expression}", more=more, **options).get("V")


def properties(lines: str, *, more: str = "", **options: Any) -> dict[str, Any]:
    result = hot(ported(_template(lines, more), **options))
    return result["resources"]["Thing"].get("properties", {})


def findings(lines: str, *, more: str = "") -> list[PortFinding]:
    return list(ported(_template(lines, more)).report)


def _template(lines: str, more: str) -> str:
    indented = "".join(f"      {line}\n" for line in lines.splitlines())
    return f"""\
Parameters:
  P: {{Type: String, Default: p}}
  N: {{Type: Number, Default: 3}}
  L: {{Type: CommaDelimitedList, Default: 'a,b'}}
Mappings:
  M: {{a: {{b: 1, c: [x, true]}}, p: {{b: 2}}}}
Conditions:
  C: !Equals [!Ref P, p]
Resources:
  Other: {{Type: Custom::Other, Properties: {{ServiceToken: mistral:w}}}}
  Bucket: {{Type: AWS::S3::Bucket}}
  Thing:
    Type: Custom::Thing
    Properties:
      ServiceToken: mistral:w
{indented}{more}"""


def lost(result: Ported) -> set[str]:
    return {finding.construct for finding in result.report if finding.level is Level.LOST}


THING = "  T: {Type: Custom::T, Properties: {ServiceToken: mistral:w}}\n"


def template(resources: str = "", top: str = "", outputs: str = "") -> str:
    """Return a template with one custom resource, T on line 2 if there is no ``top``, and what is given around it."""
    return f"{top}Resources:\n{THING}{resources}{outputs and 'Outputs:' + chr(10) + outputs}"


def about(text: str, construct: str) -> list[tuple[str, str, int]]:
    """Return level, resource and line of what the report says about ``construct``, having checked its form."""
    found = [finding for finding in ported(text).report if finding.construct == construct]
    for finding in found:
        line = finding.to_text("t.yaml")
        assert finding.reason
        assert finding.remedy or finding.level is Level.NOTE
        assert line.startswith(f"t.yaml:{finding.line}: {finding.level}: {finding.resource}: {construct}: ")
        assert "\n" not in line
    return [(str(finding.level), finding.resource, finding.line) for finding in found]
