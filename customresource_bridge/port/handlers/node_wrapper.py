"""Writes the Python module that lets the provider run a Node handler; it stands beside the Node code.

The provider calls Python handlers; this one starts ``node`` for each request, hands it the
event on its standard input, and waits. The code itself stays as it is and answers the ResponseURL on its own.
"""

_MODULE = '''\
"""Runs {file}, function {function}, in node: the provider calls handler() for each request."""

import json
import pathlib
import subprocess

CALL = """
const fs = require("fs");
const {{event, context}} = JSON.parse(fs.readFileSync(0, "utf8"));
const end = (error, result) => {{
  if (error) {{ console.error(error); process.exit(1); }}
  if (result !== undefined) process.stdout.write(JSON.stringify(result));
}};
const deadline = Date.now() + context.remaining;
const ctx = {{...context, getRemainingTimeInMillis: () => deadline - Date.now(),
  done: end, succeed: (result) => end(null, result), fail: (error) => end(error)}};
const file = [".js", ".mjs", ".cjs"].map((ending) => "./{file}" + ending).find((name) => fs.existsSync(name));
import(file || "./{file}.js").then((module) => {{
  const handler = (module.default || {{}}).{function} || module.{function};
  const returned = handler(event, ctx, end);
  if (returned && returned.then) return returned.then((result) => end(null, result));
}}).catch(end);
"""


def handler(event, context):
    """Hand the event to node; what it writes as JSON is the return value."""
    about = {{
        "remaining": context.get_remaining_time_in_millis(),
        "logStreamName": getattr(context, "log_stream_name", "provider"),
        "functionName": getattr(context, "function_name", "{file}"),
        "awsRequestId": getattr(context, "aws_request_id", event["RequestId"]),
    }}
    done = subprocess.run(
        ["node", "-e", CALL],
        input=json.dumps({{"event": event, "context": about}}),
        cwd=pathlib.Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-1000:] or f"node ended with {{done.returncode}}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None
'''


def wrapper_module(file: str, function: str) -> str:
    """Return the module's text."""
    return _MODULE.format(file=file, function=function)
