#!/bin/sh
# What apt must bring, and only what is missing.  install.sh broker: Mosquitto.  install.sh test: Chromium and fonts too.
# Exits 0 with one line where it cannot install: the caller says what it does without.
set -u
want=${1:-broker}

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/usr/local/sbin/$1" ]; }

missing=""
have mosquitto || missing="$missing mosquitto"
if [ "$want" = test ]; then
  have mosquitto_pub || missing="$missing mosquitto-clients"
  have chromium || missing="$missing chromium"
  [ -d /usr/share/fonts/opentype/noto ] && ls /usr/share/fonts/opentype/noto/*CJK* >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
fi
[ -n "$missing" ] || exit 0

if ! have apt-get; then
  echo "missing:$missing; there is no apt-get here, please install them by hand" >&2
  exit 0
fi
if [ "$(id -u)" = 0 ]; then as_root=""; elif have sudo && sudo -n true 2>/dev/null; then as_root="sudo"; elif have sudo && [ -t 0 ]; then as_root="sudo"; else
  echo "missing:$missing; installing them needs root: sudo apt-get install$missing" >&2
  exit 0
fi

echo "installing$missing …"
log=$(mktemp)
for attempt in 1 2; do
  # shellcheck disable=SC2086
  if $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing >"$log" 2>&1; then
    # The package starts a broker of its own on port 1883; we only want the program.
    case "$missing" in *" mosquitto"*)
      if command -v systemctl >/dev/null 2>&1; then $as_root systemctl disable --now mosquitto >/dev/null 2>&1 || true; fi ;;
    esac
    rm -f "$log"
    exit 0
  fi
  [ "$attempt" = 1 ] && $as_root apt-get update >>"$log" 2>&1
done
tail -n 3 "$log" >&2
rm -f "$log"
echo "could not install:$missing" >&2
exit 0
