#!/bin/sh
# %onerror of an installation by Kickstart: what went wrong, and the last lines of Anaconda's logs, to the bastion.
# shellcheck shell=sh disable=SC1090,SC1091,SC2154
LABCTL=${LABCTL:-/run/labctl/overlay} LABCTL_RUN=${LABCTL_RUN:-/run/labctl} LABCTL_ON_CONSOLES=${LABCTL_ON_CONSOLES:-yes} LC_ALL=C
export LABCTL LABCTL_RUN LABCTL_ON_CONSOLES LC_ALL
[ -r "$LABCTL/overlay.env" ] || exit 1
. "$LABCTL/lib.sh"
umask 077
logs=${LABCTL_LOGS:-/tmp} target=${LABCTL_TARGET:-/mnt/sysroot}

# What a script of ours said last, else Anaconda's own words for it, else the last error among its lines.
why_it_stopped() {
  for told in "$LABCTL_RUN/failed" "$target/root/.labctl/failed"; do
    if [ -s "$told" ]; then head -n 1 "$told"; return; fi
  done
  for log in "$logs"/anaconda-tb-*; do
    [ -s "$log" ] && { grep -E '^[A-Za-z_.]+(Error|Exception|Exit)?: ' "$log" | head -n 1; return; }
  done
  grep -hE '(CRT|CRITICAL|ERR|ERROR)[: ]' "$logs/anaconda.log" "$logs/packaging.log" "$logs/dnf.librepo.log" "$logs/storage.log" 2>/dev/null | tail -n 1
}

why=$(why_it_stopped)
why=${why:-it did not say why}
for log in "$LABCTL_RUN/pre.log" "$LABCTL_RUN/nochroot.log" "$logs/storage.log" "$logs/program.log" "$logs/packaging.log" "$logs/anaconda.log" "$target/var/log/labctl-install.log" "$LABCTL_RUN/log"; do
  if [ -s "$log" ]; then echo "--- $log"; tail -c 8000 "$log"; fi
done >"$LABCTL_RUN/error.log"
tries=0
while :; do
  labctl_post_log "$LABCTL_RUN/error.log"
  labctl_progress failed '' "Anaconda stopped: $why"
  tries=$((tries + 1))
  case $LABCTL_STATUS in 000 | 429 | 5??) [ "$tries" -lt 15 ] || break; sleep 20 ;; *) break ;; esac
done
