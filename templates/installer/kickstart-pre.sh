#!/bin/sh
# %pre of an installation by Kickstart, in Anaconda's environment: clock, key, facts, and what the bastion answers, for
# labctl.ks to include. Anaconda looks at no disk before this has ended well; else the machine is held here, where it says
# why, and asks until an operator has an answer. Where the boot is to discover (discovery.ks), the machine reports and starts
# anew from here. Does with the programs that lorax leaves there (runtime-cleanup.tmpl).
# shellcheck shell=sh disable=SC1090,SC1091,SC2154
LABCTL=${LABCTL:-/run/labctl/overlay} LABCTL_RUN=${LABCTL_RUN:-/run/labctl} LABCTL_ON_CONSOLES=${LABCTL_ON_CONSOLES:-yes} LC_ALL=C
export LABCTL LABCTL_RUN LABCTL_ON_CONSOLES LC_ALL
PATH=$PATH:$LABCTL/bin
[ -r "$LABCTL/overlay.env" ] || { echo 'labctl: the overlay was not taken along; dracut ran no pre-pivot hook of labctl' >&2; exit 1; }
. "$LABCTL/lib.sh"
for part in network identity collect conversation wait; do . "$LABCTL/$part.sh"; done
umask 077

# The overlay was made as the kernel started.
ask_bastion() {
  read -r started _ </proc/uptime
  [ -s "$LABCTL_RUN/started" ] || echo "$started" >"$LABCTL_RUN/started"
  LABCTL_EPOCH=$((LABCTL_EPOCH + ${started%%.*}))
  labctl_say "starting to $LABCTL_PURPOSE with Anaconda"
  set_clock
  if command -v openssl >/dev/null; then make_key; else make_key_by_ssh; fi || labctl_fail 'the key of this machine could not be made; neither openssl nor ssh-keygen did'
  find_interface || labctl_fail "no network interface has the address $line_mac; $(interfaces)"
  keep_lease
  udevadm settle --timeout=30 || labctl_say 'some devices are still being looked at after 30 s; going on without them'
  rm -rf "$LABCTL_RUN/answer" "$LABCTL_RUN/machine.ks"
  collect_facts
  if [ "$LABCTL_PURPOSE" = discover ]; then LABCTL_FACTS_TO=/api/discover; fi
  tell_facts
  if [ "$LABCTL_PURPOSE" = discover ]; then end_discovery; fi
  [ -s "$LABCTL_RUN/answer/machine.ks" ] || exit 1
  if [ -e "$LABCTL_RUN/answer/storage-pre.sh" ]; then sh "$LABCTL_RUN/answer/storage-pre.sh" || exit 1; fi
  cp "$LABCTL_RUN/answer/machine.ks" "$LABCTL_RUN/machine.ks" || labctl_fail 'there is no memory left for the kickstart'
  labctl_say 'Anaconda installs as ordered'
}

# Anaconda's environment has no openssl, and ssh-keygen, which knows the same forms.
make_key_by_ssh() {
  [ -s "$LABCTL/machine.key" ] && [ -s "$LABCTL_RUN/public-key.pem" ] && return 0
  rm -f "$LABCTL/machine.key" "$LABCTL/machine.key.pub"
  ssh-keygen -q -t ecdsa -b 256 -m PKCS8 -N '' -C '' -f "$LABCTL/machine.key" </dev/null >>"$LABCTL_RUN/log" 2>&1 &&
    ssh-keygen -e -m PKCS8 -f "$LABCTL/machine.key" >"$LABCTL_RUN/public-key.pem" 2>>"$LABCTL_RUN/log" && rm -f "$LABCTL/machine.key.pub"
}

# In place of the RAM disk's: there is no udhcpc, and an installation may take longer than a lease. Whoever leased the address
# to iPXE is asked, once for this boot; Anaconda waits for what has its script's output open.
keep_lease() {
  [ -n "$line_ip" ] && [ -n "$line_dhcp" ] && [ ! -e "$LABCTL_RUN/lease.log" ] || return 0
  : >"$LABCTL_RUN/lease.log"
  if command -v python3 >/dev/null; then python3 -I "$LABCTL/renew-lease.py" "$line_mac" "$line_ip" "$line_dhcp" </dev/null >>"$LABCTL_RUN/lease.log" 2>&1 &
  else labctl_say "there is no python3, and the lease of $line_ip is not renewed"; fi
}

# In place of the RAM disk's: only a kickstart is of use here, or, to discover, the word that the report was taken. In memory
# alone, with bootstrap.json.
take_answer() {
  mkdir -m 0700 "$LABCTL_RUN/answer"
  tar -xmf "$LABCTL_BODY" -C "$LABCTL_RUN/answer" || labctl_fail "the bastion's answer is not a tar file"
  rm -f "$LABCTL_BODY"
  kind=''
  read -r kind <"$LABCTL_RUN/answer/kind"
  case $LABCTL_PURPOSE/$kind in discover/wait | install/kickstart) return ;; esac
  rm -rf "$LABCTL_RUN/answer"
  labctl_fail "the bastion answered '$(labctl_plain "$kind")' to a boot to $LABCTL_PURPOSE; a kickstart was expected, or to discover: wait"
}

# Never returns. Where the report was refused, or an order may come of it by itself, the bastion's next word is waited for.
end_discovery() {
  [ -e "$LABCTL_RUN/answer/kind" ] || exit 1
  labctl_say 'facts reported, and no disk was touched'
  case $LABCTL_AFTERWARDS in reboot | local-disk | poweroff) leave "$LABCTL_AFTERWARDS" ;; esac
  exit 1
}

# Nothing was touched. The bastion is told why; then its next word is waited for.
hold() {
  if [ -s "$LABCTL_RUN/failed" ]; then tell_failed "$(labctl_reason '')"; fi
  labctl_say 'Anaconda is stopped here, and no disk was touched'
  LABCTL_WAITS=installer
  wait_for_orders
}

read_line
(ask_bastion) || hold
