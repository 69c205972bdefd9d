#!/usr/bin/env bash
# Puts promtool into .tools, of Debian's package prometheus, unless there is one: it is unpacked, and nothing is installed.
# Where no package is to be had, it says so: the alert rules are then read, and not played.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$PWD/.tools
if command -v promtool >/dev/null || [ -x "$tools/promtool" ]; then exit 0; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
if command -v apt-get >/dev/null && timeout 60 apt-get -q download prometheus >log 2>&1; then
  mkdir -p "$tools"
  dpkg-deb --fsys-tarfile prometheus_*.deb | tar --extract --to-stdout ./usr/bin/promtool >promtool
  chmod +x promtool
  mv promtool "$tools/promtool"
else
  echo "No promtool is to be had here: the alert rules are read, and not played."
fi
