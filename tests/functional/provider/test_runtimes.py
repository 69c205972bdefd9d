"""Handlers that are not Python: Node in each of its forms, and any program by Lambda's runtime interface."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pages
import pytest

from customresource_bridge.provider.ending import Broke, Loaded, Returned
from customresource_bridge.provider.runner import HandlerSpec, load, run
from customresource_bridge.provider.runtime import Runtime

EVENT = {"RequestType": "Create", "RequestId": "request-1", "ResponseURL": "https://answer.example/v1/responses/hidden"}


def ended(
    folder: Path, files: Mapping[str, str], name: str, *, runtime: Runtime, lines: list[str] | None = None
) -> Any:
    for file, code in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(code)
        (folder / file).chmod(0o755)
    shown: list[str] = [] if lines is None else lines
    return run(HandlerSpec(name=name, folder=folder, runtime=runtime), EVENT, seconds=60, show=shown.append)


if shutil.which("node"):  # an option of the provider, as node is one of its machine

    @pytest.mark.parametrize(
        ("file", "code", "value"),
        [
            ("index.js", "exports.handler = async (event) => ({id: event.RequestId});", {"id": "request-1"}),
            ("index.js", "exports.handler = (event, context, callback) => callback(null, {a: 1});", {"a": 1}),
            ("index.js", "exports.handler = (event, context) => { setTimeout(() => context.done(null, 5), 5); };", 5),
            ("index.js", "exports.handler = () => ({a: 1});", {"a": 1}),
            ("index.js", "exports.handler = async () => {};", None),
            ("index.js", "exports.handler = () => {};", None),
            ("index.mjs", "export const handler = async () => { await fetch('data:,x'); return {a: 1}; };", {"a": 1}),
            ("src/app/index.cjs", "exports.inner = {handler: async (e, c) => c.awsRequestId};", "request-1"),
        ],
    )
    def test_each_form_of_a_node_handler_returns_its_value(file: str, code: str, value: Any, tmp_path: Path) -> None:
        name = f"{file.rpartition('.')[0]}.{'inner.' if 'inner' in code else ''}handler"
        assert ended(tmp_path, {file: code}, name, runtime=Runtime.NODE) == Returned(value)

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            (
                "exports.handler = async () => {\n  throw new Error('no quota');\n};",
                "raised Error: no quota (index.js, line 2)",
            ),
            ("exports.handler = (e, c, callback) => callback('no quota');", "raised Error: no quota"),
            (
                "exports.handler = (e, c) => { setTimeout(() => { throw new TypeError('late'); }, 5); };",
                "TypeError: late",
            ),
            ("exports.handler = (e, c) => { Promise.reject(new Error('nobody')); };", "Error: nobody"),
            ("exports.handler = () => process.exit(3);", "exit status 3"),
            ("exports.other = 5;", "could not be loaded: TypeError: handler is no function"),
            ("const x = require('no-such-module');", "could not be loaded: Error: Cannot find module"),
            ("exports.handler = async () => ({a: 1n});", "not JSON"),
        ],
    )
    def test_each_other_end_of_a_node_handler_has_its_reason(code: str, said: str, tmp_path: Path) -> None:
        broke = ended(tmp_path, {"index.js": code}, "index.handler", runtime=Runtime.NODE)
        assert isinstance(broke, Broke)
        assert said in broke.reason

    def test_what_a_node_handler_prints_is_shown_beside_what_it_returns(tmp_path: Path) -> None:
        lines: list[str] = []
        code = "exports.handler = async (event) => { console.log('made', event.ResponseURL); return {a: 1}; };"
        found = ended(tmp_path, {"index.js": code}, "index:handler", runtime=Runtime.NODE, lines=lines)
        assert found == Returned({"a": 1})
        assert [line.split()[0] for line in lines] == ["made"]
        assert "hidden" not in lines[0]

    def test_a_node_handler_s_is_complete_is_found_beside_it(tmp_path: Path) -> None:
        (tmp_path / "index.js").write_text(
            "exports.onEvent = 1; exports.handler = () => {}; exports.isComplete = () => {};"
        )
        spec = HandlerSpec(name="index.handler", folder=tmp_path, runtime=Runtime.NODE)
        assert load(spec, show=print) == Loaded(("isComplete",))


(PAGE_S,) = [text for text in pages.commands("docs/how-to/run-a-provider.md") if "RUNTIME_API" in text]
FAILING = PAGE_S.replace("$id/response", "$id/error").replace("PhysicalResourceId", "errorMessage")
PROGRAM = f"""#!{sys.executable}
import json, os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
with urllib.request.urlopen(api + "next") as given:
    id, event = given.headers["Lambda-Runtime-Aws-Request-Id"], json.load(given)
    assert int(given.headers["Lambda-Runtime-Deadline-Ms"]) > 0
parts = (part for part in [b'{{"a": ', json.dumps("x" * 200_000).encode(), b"}}"])
request = urllib.request.Request(api + id + "/response", data=parts, headers={{"Transfer-Encoding": "chunked"}})
urllib.request.urlopen(request).read()
"""


def test_the_page_s_shell_handler_runs_by_lambda_s_runtime_interface(tmp_path: Path) -> None:
    lines: list[str] = []
    found = ended(tmp_path, {"bootstrap": PAGE_S}, "main", runtime=Runtime.PROVIDED, lines=lines)
    assert found == Returned({"PhysicalResourceId": "thing-1"})
    assert lines[0].startswith('asked for {"RequestType": "Create"')
    assert load(HandlerSpec(name="main", folder=tmp_path, runtime=Runtime.PROVIDED), show=print) == Loaded()
    failed = ended(tmp_path, {"bootstrap": FAILING}, "main", runtime=Runtime.PROVIDED)
    assert failed == Broke("The handler raised thing-1")


def test_a_large_response_in_chunks_is_read_to_its_end(tmp_path: Path) -> None:
    found = ended(tmp_path, {"bootstrap": PROGRAM}, "main", runtime=Runtime.PROVIDED)
    assert found == Returned({"a": "x" * 200_000})


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("#!/bin/sh\nexit 3\n", "The handler exited (exit status 3) instead of returning"),
        ("#!/no/such/shell\n", "The handler could not be loaded: ./bootstrap: No such file or directory"),
    ],
)
def test_a_program_that_does_not_answer_has_its_reason(program: str, said: str, tmp_path: Path) -> None:
    assert ended(tmp_path, {"bootstrap": program}, "main", runtime=Runtime.PROVIDED) == Broke(said)
