#!/usr/bin/env bash
# What `make horizon-test` needs besides: Chromium with its driver from the distribution, axe from npm.
set -euo pipefail
axe=.cloud/axe version=4.14.1
for program in chromium chromedriver npm; do
  command -v "$program" >/dev/null || { echo "$program is needed: apt-get install chromium chromium-driver npm"; exit 1; }
done
[ -f "$axe/node_modules/axe-core/axe.min.js" ] || npm install --silent --no-fund --no-audit --prefix "$axe" "axe-core@$version"
