"""A megabyte of a template, as dense as is allowed, is written in time: alone, or as nested stacks together."""

import resource
from pathlib import Path

import pytest
from functional.bridge_process import command, environment

from customresource_bridge.port.family import MOST_VALUES
from customresource_bridge.port.template.load import MAX_BYTES, load

MOST_GROWTH = 8
"""How much longer four times as much may take: 4 where it grows with the size, 16 where with its square. Seconds would
say how fast the machine is."""
LINE = """\
  R{}: # above
    Type: Custom::T
    Properties:
      ServiceToken: mistral:w # beside
      List: [north, 's e', 1, 2.5, true, x-y, {{key: v, more: [a, b]}}]
      Text: !Sub 'x-${{AWS::StackName}}-{}'
      Map: {{one: 1, two: b, three: [3, four, 5]}} # end
"""


def dense(size: int) -> str:
    """Return a template of nearly so many bytes."""
    lines, length = ["Resources:\n"], 0
    while length < size - 2 * len(LINE):
        lines.append(LINE.format(len(lines), len(lines)))
        length += len(lines[-1])
    return "".join(lines)


def ported(parts: int, size: int, folder: Path) -> float:
    """Port a template of so many bytes, alone or as so many nested stacks; return the processor's seconds."""
    folder.mkdir()
    names = [f"part{number}.yaml" for number in range(parts)]
    for name in names:
        (folder / name).write_text(dense(size // parts))
    nested = "".join(
        f"  N{at}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {name}}}}}\n"
        for at, name in enumerate(names)
    )
    first = names[0] if parts == 1 else "first.yaml"
    if parts > 1:
        (folder / first).write_text(f"Resources:\n{nested}")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["customresource-bridge", "port", str(folder / first), "--output-dir", str(folder / "out")]
    done = command(*words, environ=environment(), seconds=1200)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(list((folder / "out").glob("*.yaml"))) == (1 if parts == 1 else parts + 1)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("parts", [1, 8])
def test_a_dense_megabyte_is_ported_in_time(parts: int, tmp_path: Path) -> None:
    quarter = ported(parts, MAX_BYTES // 4, tmp_path / "quarter")
    whole = ported(parts, MAX_BYTES, tmp_path / "whole")
    read = [load(path.read_bytes()).size for path in (tmp_path / "whole").glob("part*.yaml")]
    assert sum(read) > MOST_VALUES * 0.9
    assert whole < MOST_GROWTH * quarter, (quarter, whole)
