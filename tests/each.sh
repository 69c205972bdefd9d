#!/usr/bin/env bash
# Run commands one after the other, whatever becomes of the one before, and say how long each took; fail if one of them did.
# One that does not end is interrupted, as by Ctrl-C, so that it says how far it came.
set -uo pipefail
failed=()
for command in "$@"; do
  began=$SECONDS
  timeout --foreground --signal=INT --kill-after=60 "${EACH_AT_MOST:-70m}" bash -euo pipefail -c "$command" || failed+=("$command")
  echo "$((SECONDS - began)) s: $command"
done
[ ${#failed[@]} -eq 0 ] || { printf 'FAILED: %s\n' "${failed[@]}" >&2; exit 1; }
