# Rescue: a way in over SSH, for the operators' keys only, until this machine starts again. Nothing is activated or mounted.
# shellcheck shell=sh disable=SC2154

rescue_as_told() {
  keep_lease
  [ -s "$LABCTL/answer/authorized_keys" ] || labctl_fail 'the bastion sent no key that may log in'
  rescue_keys || labctl_fail "the host key for SSH could not be made: $(labctl_plain "$(tail -n 1 "$LABCTL_RUN/rescue/said" 2>/dev/null)")"
  rescue_listen || labctl_fail "SSH did not start: $(labctl_plain "$(tail -n 1 "$LABCTL_RUN/rescue/log" 2>/dev/null)")"
  labctl_progress rescue '' "ssh root@$(rescue_address), host key $rescue_fingerprint"
  labctl_say "rescue: ssh root@$(rescue_address)  host key (ed25519) $rescue_fingerprint"
}

# A host key of this boot, in memory only; the keys that may log in; and what a shell says first.
rescue_keys() {
  (umask 077; mkdir -p "$LABCTL_RUN/rescue" "${LABCTL_HOME:-/root}/.ssh" && cp "$LABCTL/answer/authorized_keys" "${LABCTL_HOME:-/root}/.ssh/authorized_keys") || return 1
  chmod 0700 "${LABCTL_HOME:-/root}" "${LABCTL_HOME:-/root}/.ssh"
  if ! rescuing; then (umask 077; dropbearkey -t ed25519 -f "$LABCTL_RUN/rescue/host-key" >"$LABCTL_RUN/rescue/said" 2>&1) || return 1; fi
  rescue_fingerprint=$(sed -n 's/^Fingerprint: *\(SHA256:[A-Za-z0-9+\/=]*\).*/\1/p' "$LABCTL_RUN/rescue/said")
  [ -n "$rescue_fingerprint" ] || return 1
  {
    echo 'export PATH=/usr/sbin:/usr/bin:/sbin:/bin:/labctl/bin TERM="${TERM:-linux}" LC_ALL=C PS1="rescue# "'
    echo "echo 'labctl rescue, in memory. No volume is active and nothing is mounted: vgchange -ay GROUP, then mount by hand.'"
    echo "echo 'It stays until this machine starts again: reboot -f here, or labctl provision cancel elsewhere.'"
  } >"${LABCTL_HOME:-/root}/.profile"
}

# No passwords (-s), no forwarding (-j -k), a few tries (-T). One that died is started again: nobody should have to walk to the rack.
rescue_listen() {
  rescue_pid=''
  { read -r rescue_pid <"$LABCTL_RUN/rescue/pid" && kill -0 "$rescue_pid" && return 0; } 2>/dev/null
  dropbear -F -E -s -j -k -m -T 3 -r "$LABCTL_RUN/rescue/host-key" -p "${LABCTL_RESCUE_PORT:-22}" </dev/null >>"$LABCTL_RUN/rescue/log" 2>&1 &
  echo "$!" >"$LABCTL_RUN/rescue/pid"
  sleep 1
  kill -0 "$!" 2>/dev/null
}

rescue_address() {
  if [ -n "$line_ip" ]; then echo "$line_ip"; return; fi
  ip -4 -o addr show dev "$interface" | sed -n 's,.* inet \([0-9.]*\)/.*,\1,p' | head -n 1
}
