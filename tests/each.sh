#!/usr/bin/env bash
# Run commands one after the other, whatever becomes of the one before, and say how long each took; fail if one of them did.
set -uo pipefail
failed=()
for command in "$@"; do
  began=$SECONDS
  bash -euo pipefail -c "$command" || failed+=("$command")
  echo "$((SECONDS - began)) s: $command"
done
[ ${#failed[@]} -eq 0 ] || { printf 'FAILED: %s\n' "${failed[@]}" >&2; exit 1; }
