"""The Containerfile's steps speak of this package: its extras, commands, arguments and ports. No image is built."""

import argparse
import json
import re
import shlex
from dataclasses import dataclass, field

import pages
import pytest
from pyproject import PROJECT

from customresource_bridge.cmd.daemon.observability import DEFAULT_PORT
from customresource_bridge.cmd.main import COMMANDS, EXTRAS, module_of
from customresource_bridge.gateway.options import SERVER_OPTIONS

FILE = pages.ROOT / "customresource_bridge" / "kit" / "container" / "Containerfile"
TARGETS = {"bridge": "operator", "gateway": "gateway", "provider": "provider"}
"""Each image, and the command that it runs."""
INSTRUCTIONS = {"ARG", "FROM", "RUN", "ENV", "COPY", "USER", "EXPOSE", "ENTRYPOINT", "CMD", "WORKDIR"}
VENV = "/opt/customresource-bridge"
PACKAGE = re.compile(r"(customresource-bridge)(?:\[([\w,]+)\])?")


@dataclass
class Stage:
    """One stage: the one that it begins with, and its steps in order."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, instruction: str) -> list[str]:
        return [text for name, text in self.steps if name == instruction]

    def one(self, instruction: str) -> str:
        (text,) = self.all(instruction)
        return text


def steps() -> list[tuple[str, str]]:
    """Return the file's instructions; the lines that one goes on in are joined, comments are gone."""
    lines = "\n".join(line for line in FILE.read_text().splitlines() if not line.startswith("#"))
    found = [line.strip() for line in lines.replace("\\\n", " ").splitlines() if line.strip()]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in found]


def stages() -> dict[str, Stage]:
    found: dict[str, Stage] = {}
    for instruction, text in steps():
        if instruction == "FROM":
            base, word, name = text.split()
            assert word == "AS"
            found[name] = Stage(name, base)
        elif found:
            list(found.values())[-1].steps.append((instruction, text))
    return found


STAGES = stages()


def commands(stage: Stage) -> list[list[str]]:
    """Return the commands of a stage's RUN steps, each in its words."""
    return [shlex.split(part) for text in stage.all("RUN") for part in text.split("&&")]


def installed(stage: Stage) -> set[str]:
    """Return the extras of the package that a stage installs; the package must be there."""
    (words,) = [words for words in commands(stage) if words[:2] == [f"{VENV}/bin/pip", "install"]]
    assert words[2:4] == ["--find-links", "/wheels"]
    (package,) = words[4:]
    found = PACKAGE.fullmatch(package)
    assert found is not None
    assert found[1] == PROJECT["name"]
    return set(found[2].split(",")) if found[2] else set()


def test_every_line_is_an_instruction() -> None:
    assert {instruction for instruction, _ in steps()} <= INSTRUCTIONS
    assert STAGES.keys() == {"base", *TARGETS, *(f"build-{name}" for name in TARGETS)}


def test_the_python_is_one_that_the_package_is_for() -> None:
    (version,) = [text.partition("=")[2] for instruction, text in steps() if instruction == "ARG"]
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]
    assert STAGES["base"].base == "docker.io/library/python:${PYTHON}-slim"


@pytest.mark.parametrize("name", TARGETS)
def test_an_image_has_the_extra_that_its_command_needs(name: str) -> None:
    extras = installed(STAGES[f"build-{name}"])
    assert extras <= PROJECT["optional-dependencies"].keys()
    needed = EXTRAS.get(TARGETS[name])
    assert extras == ({needed} if needed else set())


@pytest.mark.parametrize("name", TARGETS)
def test_an_image_has_what_its_build_has_made_and_nothing_of_the_wheels(name: str) -> None:
    build = STAGES[f"build-{name}"]
    assert build.one("COPY") == ". /wheels/"
    assert ["python", "-m", "venv", VENV] in commands(build)
    assert STAGES[name].one("COPY") == f"--from={build.name} {VENV} {VENV}"
    assert list(STAGES).index(build.name) < list(STAGES).index(name)
    assert (STAGES[name].base, build.base) == ("base", "base")
    assert f"PATH={VENV}/bin:$PATH" in STAGES["base"].one("ENV").split()


@pytest.mark.parametrize("name", TARGETS)
def test_an_image_runs_its_command_and_not_as_root(name: str) -> None:
    stage = STAGES[name]
    assert json.loads(stage.one("ENTRYPOINT")) == list(PROJECT["scripts"])
    command, *words = json.loads(stage.one("CMD"))
    assert command == TARGETS[name]
    assert command in COMMANDS
    if words != ["--help"]:
        parser = argparse.ArgumentParser(exit_on_error=False)
        module_of(command).add_arguments(parser)
        parser.parse_args(words)
    ((user, group),) = [text.split(":") for text in stage.all("USER")]
    (made,) = [words for words in commands(STAGES["base"]) if words[0] == "useradd"]
    assert user == made[made.index("--uid") + 1] != "0"
    assert group == made[made.index("--gid") + 1]
    assert stage.steps.index(("USER", f"{user}:{group}")) > max(
        (stage.steps.index(step) for step in stage.steps if step[0] == "RUN"), default=-1
    )


def test_the_ports_are_the_program_s_own() -> None:
    (port,) = [option.default for option in SERVER_OPTIONS if option.name == "port"]
    assert STAGES["gateway"].one("EXPOSE") == str(port)
    assert STAGES["bridge"].one("EXPOSE") == str(DEFAULT_PORT)
    assert f"listen = 127.0.0.1:{DEFAULT_PORT}" in pages.read("docs/how-to/observe.md")


def test_the_page_names_each_target() -> None:
    named = re.findall(r"--target (\S+) .*--file kit/(\S+) dist", pages.read("docs/how-to/use-the-kit.md"))
    assert named == [(name, str(FILE.relative_to(pages.ROOT / "customresource_bridge" / "kit"))) for name in TARGETS]
