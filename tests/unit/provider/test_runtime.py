"""A handler's runtime is what was asked for, or what its file says."""

import sys
from pathlib import Path

import pytest

from customresource_bridge.provider.runtime import Runtime, command, recognise_runtime


@pytest.mark.parametrize(
    ("files", "handler", "runtime"),
    [
        (["index.py"], "index.handler", Runtime.PYTHON),
        (["index.js"], "index.handler", Runtime.NODE),
        (["src/app/index.mjs"], "src/app/index.handler", Runtime.NODE),
        (["index.cjs"], "index:handler", Runtime.NODE),
        (["index.js"], "index.inner.handler", Runtime.NODE),
        (["index.js", "index.py"], "index.handler", Runtime.PYTHON),
        (["src/app.py", "bootstrap"], "src.app:handler", Runtime.PYTHON),
        (["bootstrap"], "main", Runtime.PROVIDED),
        (["bootstrap", "index.js"], "index.handler", Runtime.NODE),
        ([], "index.handler", Runtime.PYTHON),
    ],
)
def test_the_file_that_a_handler_is_in_says_its_runtime(
    files: list[str], handler: str, runtime: Runtime, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert recognise_runtime(handler, tmp_path) is runtime


def test_each_runtime_has_its_program() -> None:
    programs = {runtime: command(runtime, python="/venv/python") for runtime in Runtime}
    assert [words[0] for words in programs.values()] == ["/venv/python", "node", sys.executable]
    assert all(Path(words[1]).is_file() for words in programs.values())
    assert [runtime for runtime in Runtime if not runtime.reserves_addresses] == [Runtime.PYTHON]
