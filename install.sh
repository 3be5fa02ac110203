#!/bin/sh
# What apt must bring, and only what is missing.  install.sh broker: Mosquitto, and a Chinese font for PDFs.
# install.sh test: Chromium, Noto, openssl, and node with the foreign clients of the tests too.
# Exits 0 with one line where it cannot install: the caller says what it does without.
set -u
want=${1:-broker}

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/usr/local/sbin/$1" ]; }

# By asking fontconfig where there is one, else by the names that such fonts have.
chinese_font() {
  if command -v fc-list >/dev/null 2>&1; then [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ] && return 0; fi
  for folder in /usr/share/fonts /usr/local/share/fonts "${HOME:-/nowhere}/.fonts" "${HOME:-/nowhere}/.local/share/fonts"; do
    [ -d "$folder" ] && [ -n "$(find -L "$folder" -type f \( -iname '*cjk*' -o -iname '*sourcehan*' -o -iname 'wqy*' \
      -o -iname 'droidsansfallback*' -o -iname 'notosanssc*' -o -iname 'notosanshans*' \) 2>/dev/null | head -n 1)" ] && return 0
  done
  return 1
}

# The npm packages of the tests, from their lock files; where they cannot be had, those tests say so themselves.
node_packages() {
  [ "$want" = test ] && have node && have npm || return 0
  for folder in "$(dirname "$0")"/tests/*/node; do
    [ -f "$folder/package-lock.json" ] || continue
    [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && continue
    echo "installing the npm packages of $folder …"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || echo "could not install them" >&2
  done
}

missing="" node=""
have mosquitto || missing="$missing mosquitto"
if [ "$want" = test ]; then
  have mosquitto_pub || missing="$missing mosquitto-clients"
  have chromium || missing="$missing chromium"
  have openssl || missing="$missing openssl"
  { have node && have npm; } || node=" nodejs npm"
  [ -d /usr/share/fonts/opentype/noto ] && ls /usr/share/fonts/opentype/noto/*CJK* >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
fi
font=""
case "$missing" in *fonts-noto-cjk*) ;; *) chinese_font || font=" fonts-wqy-microhei" ;; esac
if [ -z "$missing$font$node" ]; then
  node_packages
  exit 0
fi

if ! have apt-get; then
  node_packages
  echo "missing:$missing$font$node; there is no apt-get here, please install them by hand" >&2
  exit 0
fi
if [ "$(id -u)" = 0 ]; then as_root=""; elif have sudo && sudo -n true 2>/dev/null; then as_root="sudo"; elif have sudo && [ -t 0 ]; then as_root="sudo"; else
  node_packages
  echo "missing:$missing$font$node; installing them needs root: sudo apt-get install$missing$font$node" >&2
  exit 0
fi

log=$(mktemp)
# One by one where it matters: a font that this system does not know must not keep the broker away.
bring() {
  echo "installing$* …"
  for attempt in 1 2; do
    # shellcheck disable=SC2086,SC2048
    if $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $* >"$log" 2>&1; then return 0; fi
    [ "$attempt" = 1 ] && $as_root apt-get update >>"$log" 2>&1
  done
  tail -n 3 "$log" >&2
  echo "could not install:$*" >&2
  return 1
}

if [ -n "$missing" ] && bring "$missing"; then
  # The package starts a broker of its own on port 1883; we only want the program.
  case "$missing" in *" mosquitto"*)
    if command -v systemctl >/dev/null 2>&1; then $as_root systemctl disable --now mosquitto >/dev/null 2>&1 || true; fi ;;
  esac
fi
[ -z "$font" ] || bring "$font" || echo "without a Chinese font the web pages work, and PDFs say what is missing" >&2
# By itself: it comes with hundreds of packages, and without it only two tests are left out.
[ -z "$node" ] || bring "$node"
rm -f "$log"
node_packages
exit 0
