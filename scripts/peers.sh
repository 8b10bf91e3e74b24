#!/usr/bin/env bash
# Installs the real servers that the tests and benchmarks talk to, from Debian's own packages,
# into one folder and without touching the system's package set.
#
#   peers.sh [NAME...]   consul (1.8.7)  prometheus and promtool (3.5.3)  alertmanager (0.33.1)
#                        prometheus-consul (2.24.1, the one with consul_sd)  vmagent (1.145)
#                        prometheus-azure (2.42.0, the newest with azure_sd)
#                        docker (20.10)  zookeeper (3.8)
#                        kubernetes (kube-apiserver 1.20.2 on etcd 3.5; the first call builds it from
#                        Debian's source package: five minutes, 3 GB of disk meanwhile)
#                        java (17; only where this machine has none)
#                        default: all of these; they are what `npm test` uses
#   peers.sh slow        prometheus-openstack (2.53.3, the newest with openstack_sd)  keystone (22)
#                        puppetdb (7.12)  postgresql (15; only where this machine has none):
#                        what `npm run test:slow` uses besides
#   peers.sh moto        moto (5.2, an EC2 of its own; runs on this machine's python3 3.11): what
#                        `npm run bench:ec2` uses
#
# Prints one `NAME=/path/to/binary` line each; `eval "$(peers.sh)"` gives $consul, $prometheus, $promtool, ...
# For servers that are more than a binary, it is the folder that their packages are unpacked in.
# PEERS_DIR overrides the folder (default: ~/.cache/muster-peers). A second call is instant.
set -euo pipefail
dir=${PEERS_DIR:-$HOME/.cache/muster-peers}

# The suite that each comes from, and its packages. After a `|`: the names of those dependencies, and
# theirs in turn, that are unpacked too.
declare -A source=(
  [consul]='bullseye consul'
  [prometheus]='sid prometheus'
  [promtool]='sid promtool'
  [alertmanager]='sid prometheus-alertmanager'
  [vmagent]='sid victoria-metrics'
  # Older releases: the newer Debian builds leave these mechanisms out.
  [prometheus-consul]='bullseye prometheus'
  [prometheus-openstack]='trixie prometheus'
  [prometheus-azure]='bookworm prometheus'
  [docker]='bookworm docker.io containerd runc busybox-static'
  [kubernetes]='sid etcd-server'
  [zookeeper]='bookworm zookeeper libzookeeper-java | ^lib.*-java$'
  [keystone]='bookworm keystone | ^(python3-.*|keystone)$'
  [puppetdb]='bookworm puppetdb libjackson2-dataformat-smile | ^(lib.*-(java|clojure)|libjackson2-dataformat-(smile|cbor))$'
  [moto]='bookworm python3-flask python3-flask-cors python3-docker python3-cryptography python3-jinja2 python3-requests python3-xmltodict python3-yaml python3-jmespath python3-dateutil | ^python3-(certifi|cffi-backend|chardet|charset-normalizer|click|colorama|idna|importlib-metadata|itsdangerous|markupsafe|more-itertools|pkg-resources|six|urllib3|websocket|werkzeug|zipp)$'
  [java]='bookworm openjdk-17-jre-headless | ^(lib.*|java-common)$'
  [postgresql]='bookworm postgresql-15 | ^(lib.*|postgresql-.*)$'
)

# apt_of SUITE COMMAND...: apt with this suite alone; its lists are fetched at the first use.
# `sources/SUITE` is that of the suite's source packages.
apt_of() {
  local suite=${1#sources/} kind=deb command=$2 apt=$dir/.apt/$1 mirror
  [ "$suite" = "$1" ] || kind=deb-src
  shift 2
  if [ ! -s "$apt/all.list" ]; then
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,parts}
    # The mirror is whichever one this machine already uses for Debian.
    mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } | grep -v '^#' |
      grep -oE '[a-z]+://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' ' || true)
    [ -n "$mirror" ] || { echo "peers.sh: no Debian mirror is configured on this machine" >&2; exit 1; }
    echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/all.list"
  fi
  local options=(-qq -o Dir::Etc::sourcelist="$apt/all.list" -o Dir::Etc::sourceparts="$apt/parts"
    -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root)
  [ -e "$apt/.updated" ] || { apt-get "${options[@]}" update >&2; touch "$apt/.updated"; }
  "$command" "${options[@]}" "$@"
}

# dependencies SUITE PATTERN PACKAGE...: the names of all they depend on that match
dependencies() {
  local suite=$1 pattern=$2
  shift 2
  apt_of "$suite" apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances "$@" | grep -E '^[a-z0-9]' | grep -E "$pattern" || true
}

# unpack FOLDER SUITE PACKAGE...: packages, unpacked into a folder
unpack() {
  local into=$1 suite=$2
  shift 2
  mkdir -p "$into/.deb"
  (cd "$into/.deb" && apt_of "$suite" apt-get download "$@" >&2)
  for deb in "$into"/.deb/*.deb; do dpkg -x "$deb" "$into"; done
  rm -rf "$into/.deb"
}

# build_kube_apiserver FOLDER: makes FOLDER/usr/bin/kube-apiserver of Debian's source package, which has
# all it needs but one generated file. Go 1.15 is the newest that this release builds with.
build_kube_apiserver() {
  local into=$1 work=$1/.build source flags='-s -w' variables
  mkdir -p "$work/source" "$work/goroot"
  unpack "$work/go" bullseye golang-1.15-go golang-1.15-src
  # Debian splits what Go wants in one folder over two packages, with links between them.
  cp -a "$work/go/usr/share/go-1.15/." "$work/goroot/"
  rm -rf "$work/goroot"/{bin,pkg,VERSION}
  cp -a "$work/go/usr/lib/go-1.15"/{bin,pkg,VERSION} "$work/goroot/"
  rm -f "$work/goroot/pkg/include"
  cp -a "$work/go/usr/share/go-1.15/pkg/include" "$work/goroot/pkg/include"
  (cd "$work/source" && apt_of sources/bookworm apt-get source --download-only kubernetes >&2 &&
    tar xzf kubernetes_1.20*.orig.tar.gz)
  source=$(echo "$work"/source/kubernetes-1.20*)
  mkdir -p "$work/gopath/src/k8s.io"
  ln -sfn "$source" "$work/gopath/src/k8s.io/kubernetes"
  variables=(GOROOT="$work/goroot" GOPATH="$work/gopath" GOCACHE="$work/cache" GOTMPDIR="$work"
    GOPROXY=off GOSUMDB=off CGO_ENABLED=0 PATH="$work/goroot/bin:$PATH")
  (
    cd "$work/gopath/src/k8s.io/kubernetes"
    export "${variables[@]}" GO111MODULE=off GOFLAGS=
    go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' pkg cmd staging/src/k8s.io |
      grep -vE 'code-generator/|sample-apiserver/|_test.go|/testdata/' | xargs -n1 dirname |
      sed 's|^staging/src/|k8s.io/kubernetes/vendor/|; t; s|^|k8s.io/kubernetes/|' | LC_ALL=C sort -u | paste -sd, -)
    "$work/openapi-gen" --logtostderr -O zz_generated.openapi -r /dev/null \
      --go-header-file hack/boilerplate/boilerplate.generatego.txt \
      -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -o "$GOPATH/src"
  ) >&2
  (
    cd "$source"
    export "${variables[@]}" GO111MODULE=on GOFLAGS=-mod=vendor
    for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
      flags+=" -X $package.gitVersion=v1.20.2 -X $package.gitMajor=1 -X $package.gitMinor=20"
    done
    go build -ldflags "$flags" -o "$into/usr/bin/kube-apiserver" ./cmd/kube-apiserver
  ) >&2
  chmod -R u+w "$work"
  rm -rf "$work"
}

# install NAME: its packages, unpacked into its folder, unless they are there
install() {
  local into=$dir/$1 suite packages pattern
  [ -e "$into/.ok" ] && return
  read -r suite packages <<<"${source[$1]}"
  pattern=${packages#*| }
  [ "$pattern" != "$packages" ] || pattern=
  read -ra packages <<<"${packages%%|*}"
  rm -rf "${into:?}"
  if [ -n "$pattern" ]; then
    mapfile -t -O "${#packages[@]}" packages < <(dependencies "$suite" "$pattern" "${packages[@]}")
  fi
  unpack "$into" "$suite" "${packages[@]}"
  [ "$1" != kubernetes ] || build_kube_apiserver "$into"
  # They are pure Python, and new in this suite.
  [ "$1" != moto ] || unpack "$into" sid python3-moto python3-boto3 python3-botocore python3-responses python3-s3transfer python3-antlr4
  # A link to an absolute place (Java's security settings are links into /etc) means a file of the package.
  find "$into" -type l -lname '/*' | while read -r link; do
    [ ! -e "$into$(readlink "$link")" ] || ln -sfn "$into$(readlink "$link")" "$link"
  done
  # Alertmanager reads its default templates from a fixed place.
  if [ "$1" = alertmanager ] && [ ! -e /usr/share/prometheus/alertmanager ]; then
    mkdir -p /usr/share/prometheus && ln -sfn "$into/usr/share/prometheus/alertmanager" /usr/share/prometheus/alertmanager
  fi
  touch "$into/.ok"
}

# path_of NAME: what the tests start, below its folder
path_of() {
  case $1 in
    consul | prometheus | promtool | vmagent) echo "usr/bin/$1" ;;
    prometheus-*) echo usr/bin/prometheus ;;
    alertmanager) echo usr/bin/prometheus-alertmanager ;;
    java) echo usr/lib/jvm/java-17-openjdk-amd64/bin/java ;;
    postgresql) echo usr/lib/postgresql/15/bin ;;
  esac
}

names=()
[ $# -gt 0 ] || set -- consul prometheus promtool prometheus-consul prometheus-azure alertmanager vmagent docker zookeeper java kubernetes
for name in "$@"; do
  if [ "$name" = slow ]; then names+=(prometheus-openstack keystone puppetdb java postgresql moto); else names+=("$name"); fi
done
for name in "${names[@]}"; do
  [ -n "${source[$name]:-}" ] || { echo "peers.sh: no peer called $name (${!source[*]})" >&2; exit 2; }
  if [ "$name" = java ] && command -v java >/dev/null; then echo "java=$(command -v java)"; continue; fi
  if [ "$name" = postgresql ] && compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then continue; fi
  install "$name"
  below=$(path_of "$name")
  echo "${name//-/_}=$dir/$name${below:+/$below}"
  [ "$name" != alertmanager ] || echo "amtool=$dir/$name/usr/bin/amtool"
done
