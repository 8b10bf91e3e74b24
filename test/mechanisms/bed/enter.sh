#!/bin/sh
# Runs a command in the test bed: a network that has no way out, with only lo and the address of the
# metadata services of clouds, and with files of its own in place of /etc/hosts and /etc/resolv.conf.
# The command finds them, and room for more, in the folder $MUSTER_BED. Needs no root where a user may
# make namespaces.
#   enter.sh COMMAND ARGUMENTS...
set -eu
MUSTER_BED=$(mktemp -d)
trap 'rm -rf "$MUSTER_BED"' EXIT
printf '127.0.0.1 localhost\n' >"$MUSTER_BED/hosts"
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$MUSTER_BED/resolv.conf"
export MUSTER_BED
# Nothing in there may know of a proxy, or of keys for a real cloud.
for name in $(env | sed -nE 's/^(([A-Za-z]+_(proxy|PROXY))|((AWS|AZURE|GOOGLE|GCE|OCI|OSC|SCW|STACKIT)_[A-Za-z0-9_]*))=.*/\1/p'); do
  unset "$name"
done
# With a namespace of processes as well, what the command leaves running ends with it.
# shellcheck disable=SC2016
unshare --map-root-user --net --mount --pid --fork --mount-proc --kill-child sh -c '
  ip link set lo up && ip address add 169.254.169.254/32 dev lo &&
    mount --bind "$MUSTER_BED/hosts" /etc/hosts &&
    mount --bind "$MUSTER_BED/resolv.conf" /etc/resolv.conf && "$@"' bed "$@"
