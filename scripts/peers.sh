#!/usr/bin/env bash
# Installs the real servers that the tests and benchmarks talk to, from Debian's own packages,
# into one folder and without touching the system's package set.
#
#   peers.sh [NAME...]   consul (1.8.7)  prometheus and promtool (3.5.3)  alertmanager (0.33.1)
#                        prometheus-consul (2.24.1, the one with consul_sd)  vmagent (1.145)
#                        default: all but vmagent
#
# Prints one `NAME=/path/to/binary` line each; `eval "$(peers.sh)"` gives $consul, $prometheus, $promtool, ...
# PEERS_DIR overrides the folder (default: ~/.cache/muster-peers). A second call is instant.
set -euo pipefail
dir=${PEERS_DIR:-$HOME/.cache/muster-peers}
apt=$dir/.apt
declare -A suite=([consul]=bullseye [prometheus]=sid [promtool]=sid [prometheus-alertmanager]=sid [victoria-metrics]=sid)
# prometheus-consul is an older release: the newer Debian builds leave consul_sd out.
declare -A package=([prometheus-consul]=prometheus [consul]=consul [prometheus]=prometheus [promtool]=promtool [alertmanager]=prometheus-alertmanager [vmagent]=victoria-metrics)

prepare_apt() {
  [ -s "$apt/all.list" ] && return
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,parts}
  # The mirror is whichever one this machine already uses for Debian.
  local mirror
  mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } | grep -v '^#' |
    grep -oE '[a-z]+://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ' || true)
  [ -n "$mirror" ] || { echo "peers.sh: no Debian mirror is configured on this machine" >&2; exit 1; }
  for s in bullseye sid; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $s main"
  done >"$apt/all.list"
}

apt_get() {
  apt-get -qq -o Dir::Etc::sourcelist="$apt/all.list" -o Dir::Etc::sourceparts="$apt/parts" \
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root "$@"
}

install_package() {
  local p=$1 into=$2 from=$3
  [ -e "$dir/$into/.ok" ] && return
  prepare_apt
  [ -e "$apt/.updated" ] || { apt_get update >&2; touch "$apt/.updated"; }
  rm -rf "${dir:?}/$into"; mkdir -p "$dir/$into/.deb"
  (cd "$dir/$into/.deb" && apt_get download "$p/$from" >&2)
  dpkg -x "$dir/$into"/.deb/*.deb "$dir/$into"
  rm -rf "$dir/$into/.deb"
  # Alertmanager reads its default templates from a fixed place.
  if [ "$into" = alertmanager ] && [ ! -e /usr/share/prometheus/alertmanager ]; then
    mkdir -p /usr/share/prometheus && ln -sfn "$dir/$into/usr/share/prometheus/alertmanager" /usr/share/prometheus/alertmanager
  fi
  touch "$dir/$into/.ok"
}

[ $# -gt 0 ] || set -- consul prometheus promtool prometheus-consul alertmanager
for name in "$@"; do
  p=${package[$name]:-}
  [ -n "$p" ] || { echo "peers.sh: no peer called $name (consul prometheus prometheus-consul promtool alertmanager vmagent)" >&2; exit 2; }
  from=${suite[$p]}
  [ "$name" = prometheus-consul ] && from=bullseye
  install_package "$p" "$name" "$from"
  bin=$dir/$name/usr/bin
  case $name in
    consul | prometheus | promtool | vmagent) echo "$name=$bin/$name" ;;
    prometheus-consul) echo "prometheus_consul=$bin/prometheus" ;;
    alertmanager) echo "alertmanager=$bin/prometheus-alertmanager"; echo "amtool=$bin/amtool" ;;
  esac
done
