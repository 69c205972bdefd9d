"""The steps of a file that images are built from, carried out in a folder that stands for the image's root.

RUN steps are run as they are written, with the folder before their absolute paths; pip's are uv's, which asks the same
index and is quicker.
"""

import shlex
import subprocess
import sys
from pathlib import Path

UV = str(Path(sys.executable).with_name("uv"))


def stages(file: str) -> dict[str, list[tuple[str, str]]]:
    """Return each stage's steps by its name, or its image's where it has none: an instruction and its text."""
    lines = "\n".join(line for line in file.splitlines() if not line.startswith("#"))
    found: dict[str, list[tuple[str, str]]] = {}
    for line in filter(None, map(str.strip, lines.replace("\\\n", " ").splitlines())):
        instruction, text = line.split(maxsplit=1)
        if instruction == "FROM":
            steps = found.setdefault(text.split()[-1], [])
        elif instruction != "ARG":
            steps.append((instruction, text))
    return found


def carry_out(steps: list[tuple[str, str]], root: Path) -> None:
    """Run a stage's RUN steps in the folder that stands for its root."""
    for instruction, text in steps:
        if instruction == "RUN":
            for command in text.split("&&"):
                run(here(shlex.split(command), root))


def here(words: list[str], root: Path) -> list[str]:
    """Return a step's command as it is run here."""
    program, *rest = [f"{root}{word}" if word.startswith("/") and word != "/nonexistent" else word for word in words]
    if program in {"groupadd", "useradd"}:
        return [program, "--prefix", str(root), *(word.removeprefix(str(root)) for word in rest)]
    if program == "python":
        return [sys.executable, *rest, "--without-pip"]
    if words[:3] == ["python3", "-m", "pip"]:
        return [UV, "pip", "install", "--quiet", "--python", sys.executable, *rest[3:]]
    if program.endswith("/bin/pip"):
        return [UV, "pip", "install", "--quiet", "--python", str(Path(program).with_name("python")), *rest[1:]]
    return [program, *rest]


def run(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout
