#!/usr/bin/env bash
# Installs the browser that test/ui drives: Debian's chromium-headless-shell (64 MB to download, 224 MB on disk),
# where this machine has none. It needs root, as any apt install does.
#
# Prints `chromium=/path/to/binary`; `eval "$(browser.sh)"` gives $chromium. A second call is instant.
# MUSTER_CHROMIUM names another Chromium, which is taken as it is.
set -euo pipefail

binary=${MUSTER_CHROMIUM:-$(command -v chromium-headless-shell || true)}
if [ -z "$binary" ]; then
  apt-get update >&2
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium-headless-shell >&2
  binary=$(command -v chromium-headless-shell)
fi
echo "chromium=$binary"
