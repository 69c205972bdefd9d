#!/usr/bin/env bash
# Run a command while the standalone cloud is up; stop the cloud afterwards if it was not up before.
set -uo pipefail
python=${PYTHON:-python3}
"$python" -m devstack.cloud status >/dev/null 2>&1 && was_up=yes || was_up=no
"$python" -m devstack.cloud start || exit 1
"$@"
code=$?
[ "$was_up" = yes ] || "$python" -m devstack.cloud stop
exit "$code"
