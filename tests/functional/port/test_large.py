"""A megabyte of a template, as dense as is allowed, is written in time: alone, or as nested stacks together."""

import resource
from pathlib import Path

import pytest
from functional.bridge_process import command, environment

from customresource_bridge.port.family import MOST_VALUES
from customresource_bridge.port.template.load import MAX_BYTES, load

MOST_SECONDS = 30
"""Of a processor: about twice what it takes where nothing else runs. Beside the clouds of other tests it takes more."""
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


@pytest.mark.parametrize("parts", [1, 8])
def test_a_dense_megabyte_is_ported_in_time(parts: int, tmp_path: Path) -> None:
    names = [f"part{number}.yaml" for number in range(parts)]
    for name in names:
        (tmp_path / name).write_text(dense(MAX_BYTES // parts))
    nested = "".join(
        f"  N{at}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {name}}}}}\n"
        for at, name in enumerate(names)
    )
    first = names[0] if parts == 1 else "first.yaml"
    if parts > 1:
        (tmp_path / first).write_text(f"Resources:\n{nested}")
    assert sum(load((tmp_path / name).read_bytes()).size for name in names) > MOST_VALUES * 0.9
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["customresource-bridge", "port", str(tmp_path / first), "--output-dir", str(tmp_path / "out")]
    done = command(*words, environ=environment(), seconds=1200)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(list((tmp_path / "out").glob("*.yaml"))) == (1 if parts == 1 else parts + 1)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < MOST_SECONDS
