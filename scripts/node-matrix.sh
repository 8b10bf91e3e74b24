#!/usr/bin/env bash
# Runs the suites that depend most on Node itself with every newer Node that muster supports, as the npm package
# `node` has them. The Node of this machine runs all suites: `npm test`.
#
#   node-matrix.sh [VERSION...]   default: 22 24 26; NODES_DIR is where they are kept (default: ~/.cache/muster-nodes)
set -euo pipefail
cd "$(dirname "$0")/.."
dir=${NODES_DIR:-$HOME/.cache/muster-nodes}
[ $# -gt 0 ] || set -- 22 24 26
for version in "$@"; do
  node=$dir/$version/node_modules/node/bin/node
  [ -x "$node" ] || npm install --silent --no-save --prefix "$dir/$version" "node@$version"
  echo "node $("$node" --version)"
  "$node" node_modules/vitest/vitest.mjs run --reporter=dot \
    test/go test/http test/relabel test/reload test/run test/telemetry test/testing test/waiting test/web test/yaml
done
