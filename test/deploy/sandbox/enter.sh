#!/usr/bin/env bash
# Runs a command with what ../meerkat.service leaves of the machine. It does with util-linux what systemd
# does with mounts, users and capabilities; confine.ts does the rest. The options stand beside their lines.
#
#   unshare --mount --pid --fork enter.sh BIN WWW COMMAND…
#
# BIN and WWW come to be /usr/local/bin and /srv/www.
set -euo pipefail
bin=$1 www=$2
shift 2

read_only() {
  mount --bind "$1" "$1"
  mount -o remount,bind,ro "$1"
}

mount --make-rprivate /
mount --bind "$bin" /usr/local/bin
mount -t tmpfs tmpfs /srv
mkdir /srv/www
mount --bind "$www" /srv/www

# ProtectSystem=strict, ReadOnlyPaths=, ProtectControlGroups=
for target in $(findmnt --raw --noheadings --output TARGET | grep --invert-match --extended-regexp '^/(dev|proc)(/|$)'); do
  mount -o remount,bind,ro "$target"
done
# PrivateTmp=
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /var/tmp
# ProtectHome=
for home in /home /root /run/user; do
  [ ! -d "$home" ] || mount -t tmpfs -o ro,mode=000 tmpfs "$home"
done
# PrivateDevices=
mkdir /tmp/dev
mount -t tmpfs -o mode=755 tmpfs /tmp/dev
for device in null zero full random urandom tty; do
  touch "/tmp/dev/$device"
  mount --bind "/dev/$device" "/tmp/dev/$device"
done
mount --no-mtab --move /tmp/dev /dev
# ProtectProc=
mount -t proc -o hidepid=invisible proc /proc
# ProtectKernelTunables=, ProtectKernelLogs=
read_only /proc/sys
mount --bind /dev/null /proc/kmsg
# UMask=
umask 0077
# DynamicUser=, then PrivateUsers=, in which capabilities come back, then CapabilityBoundingSet=,
# AmbientCapabilities= and NoNewPrivileges=
exec setpriv --reuid=61184 --regid=61184 --clear-groups \
  unshare --user --map-current-user --keep-caps \
  setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all "$@"
