#!/usr/bin/env bash
# Installs Debian packages that a test needs. usage: debian_packages.sh PACKAGE...
# Exit status 3: they cannot be had here, the last line says why.
set -euo pipefail
cannot() { echo "$*"; exit 3; }

[ "$(id -u)" = 0 ] || cannot "$* are missing, and only root may install them"
command -v apt-get >/dev/null || cannot "$* are missing, and there is no apt-get to install them"
# Tests run at once, apt-get does not; no service may start by itself.
exec 9>/tmp/erac-vaml-apt.lock
flock 9
[ -e /usr/sbin/policy-rc.d ] || printf '#!/bin/sh\nexit 101\n' | install -m 755 /dev/stdin /usr/sbin/policy-rc.d
log=$(mktemp)
{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1 ||
    cannot "$* cannot be installed: $(tail -n1 "$log")"
rm "$log"
