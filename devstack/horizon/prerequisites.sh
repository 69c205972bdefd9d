#!/usr/bin/env bash
# What `make horizon-test` needs besides: Chromium with its driver from the distribution, axe from npm.
set -euo pipefail
axe=.cloud/axe version=4.14.1
"${PYTHON:-python3}" -m devstack.horizon prerequisites
[ -f "$axe/node_modules/axe-core/axe.min.js" ] || npm install --silent --no-fund --no-audit --prefix "$axe" "axe-core@$version"
