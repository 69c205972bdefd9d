"""The real bridge in a process of its own, as a tenant runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from functional.tenant import until

PROGRAM = Path(sys.executable).with_name("customresource-bridge")
READY = "handling the requests"
SAID_TO_ALL: list[str] = []
"""Arguments for each bridge run from here: the tests' own speak at DEBUG (see conftest), the benches' do not."""


def environment(**more: str) -> dict[str, str]:
    """Return the environment for a command of the tenant: nothing of OS_* but what the tests gave."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    return {**mine, "OS_CLIENT_CONFIG_FILE": os.environ["OS_CLIENT_CONFIG_FILE"], "OS_CLOUD": "demo", **more}


@contextmanager
def bridge(
    log: Path, *arguments: str, environ: Mapping[str, str], ready: bool = True, ends: int = 0
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the bridge while the block lasts, and see that it ends as it should: cleanly, on SIGTERM."""
    with log.open("w") as output:
        words = [str(PROGRAM), "run", *SAID_TO_ALL, *arguments]
        process = subprocess.Popen(words, env=dict(environ), stdout=output, stderr=output)  # noqa: S603 - our program
    try:
        if ready:
            until(lambda: READY in log.read_text() or process.poll() is not None, "the bridge starts", seconds=90)
            assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        code = process.wait(60)
    assert code == ends, f"the bridge ended with {code}: {log.read_text()[-3000:]}"


def command(*words: str, environ: Mapping[str, str], seconds: float = 120) -> "subprocess.CompletedProcess[str]":
    """Run a program of the virtual environment to its end."""
    program = str(PROGRAM.with_name(words[0]))
    return subprocess.run(  # noqa: S603 - programs of our own virtual environment
        [program, *words[1:]], env=dict(environ), capture_output=True, text=True, timeout=seconds, check=False
    )
