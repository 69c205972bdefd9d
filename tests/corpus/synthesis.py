"""Has the real CDK synthesise the applications beside this file, all at once: seconds."""

import os
import subprocess
from pathlib import Path
from zipfile import ZipFile

from functional.gateway import installed

HOME = Path(__file__).parent
HANDLERS = HOME / "handlers"


def synthesise(folder: Path) -> Path:
    """Return the folder cdk.out that the CDK makes in ``folder``."""
    with ZipFile(folder / "jobs.zip", "w") as archive:
        archive.write(HANDLERS / "jobs" / "jobs.py", "src/jobs.py")
    made = folder / "cdk.out"
    done = subprocess.run(  # noqa: S603
        ["node", str(HOME / "app.js"), str(made)],  # noqa: S607
        env={**os.environ, "NODE_PATH": str(installed.node_modules())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return made
