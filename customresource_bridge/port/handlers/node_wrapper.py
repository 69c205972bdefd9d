"""Writes the Python module that lets the provider run a Node handler; it stands beside the Node code.

The provider calls Python handlers; this one starts ``node`` for each request, hands it the event on its standard input,
and waits. The code itself stays as it is: it answers the ResponseURL on its own, or returns an answer.
"""

_MODULE = '''\
"""Runs {file}, function {function}, in node: the provider calls handler() for each request."""

import json
import pathlib
import subprocess
import tempfile

CALL = """
const fs = require("fs");
const {{event, context, report}} = JSON.parse(fs.readFileSync(0, "utf8"));
const end = (error, result) => {{
  if (error) console.error(error);
  const text = JSON.stringify(error ? {{error: String(error.message || error)}} : {{result}});
  fs.ftruncateSync(report);
  fs.writeSync(report, text, 0);
  if (error) process.exit(1);
}};
const deadline = Date.now() + context.remaining;
const ctx = {{...context, getRemainingTimeInMillis: () => deadline - Date.now(),
  done: end, succeed: (result) => end(null, result), fail: (error) => end(error || "it failed")}};
const file = [".js", ".mjs", ".cjs"].map((ending) => "./{file}" + ending).find((name) => fs.existsSync(name));
import(file || "./{file}.js").then((module) => {{
  const handler = (module.default || {{}}).{function} || module.{function};
  const returned = handler(event, ctx, end);
  if (returned && returned.then) return returned.then((result) => end(null, result));
}}).catch(end);
"""


def handler(event, context):
    """Hand the event to node. What it prints is logged; its result comes back in a file of its own."""
    about = {{
        "remaining": context.get_remaining_time_in_millis(),
        "logStreamName": getattr(context, "log_stream_name", "provider"),
        "functionName": getattr(context, "function_name", "{file}"),
        "awsRequestId": getattr(context, "aws_request_id", event["RequestId"]),
    }}
    with tempfile.TemporaryFile() as report:
        done = subprocess.run(
            ["node", "-e", CALL],
            input=json.dumps({{"event": event, "context": about, "report": report.fileno()}}).encode(),
            cwd=pathlib.Path(__file__).parent,
            pass_fds=[report.fileno()],
            check=False,
        )
        report.seek(0)
        said = json.loads(report.read() or "{{}}")
    if "error" in said or done.returncode:
        raise RuntimeError(said.get("error") or f"node ended with {{done.returncode}}")
    return said.get("result")
'''


def wrapper_module(file: str, function: str) -> str:
    """Return the module's text."""
    return _MODULE.format(file=file, function=function)
