# Waiting for an order by asking, so that nobody walks to the rack: a long poll, and the bearer renewed on the way.
# shellcheck shell=sh disable=SC2154

wait_for_orders() {
  keep_lease
  rescuing || labctl_say "waiting for an order; labctl provision install $line_mac NAME"
  silent=0 unknown=0
  while :; do
    ! rescuing || rescue_listen || labctl_say "SSH does not start: $(labctl_plain "$(tail -n 1 "$LABCTL_RUN/rescue/log")")"
    read -r asked _ </proc/uptime
    LABCTL_MAX_SECONDS=150 labctl_curl /api/boot/next -H "Labctl-Waits: ${LABCTL_WAITS:-ramdisk}"
    case $LABCTL_STATUS/$LABCTL_TYPE in
      # Somebody may be at work in here: what ends a rescue is a word, or the reset button.
      200/application/x-cpio*)
        if rescuing; then labctl_say 'an order waits; this rescue goes on until the machine starts again'; sleep 60
        else take_overlay && exit 42; sleep 5; fi
        ;;
      200/*)
        [ "$silent" = 0 ] || labctl_say 'the bastion answers again; waiting for an order'
        silent=0 unknown=0
        take_bearer
        word=''
        read -r word <"$LABCTL_BODY"
        case $word in
          wait) again=$(asked_again_in); [ -z "$again" ] || sleep "$again" ;;
          reboot) network_next; leave reboot ;;
          local-disk | poweroff) leave "$word" ;;
          *) labctl_say "the bastion says '$(labctl_plain "$word")', which this RAM disk does not know" ;;
        esac
        ;;
      401/* | 403/* | 404/* | 410/*)
        # Forgotten, or a bastion restored from a backup: after ten minutes a new boot asks afresh.
        unknown=$((unknown + 1))
        labctl_say "the bastion knows this boot no more ($LABCTL_STATUS): $(labctl_answer_text)"
        [ "$unknown" -lt 10 ] || rescuing || leave reboot
        sleep 60
        ;;
      *)
        [ $((silent % 20)) = 0 ] && labctl_say "the bastion does not answer ($LABCTL_STATUS $(labctl_plain "$LABCTL_WHY")); asking on"
        silent=$((silent + 1))
        sleep 10
        ;;
    esac
    read -r now _ </proc/uptime
    [ $((${now%%.*} - ${asked%%.*})) -ge 5 ] || sleep 5
  done
}

# Seconds until the next question, where the bastion holds no more of them open.
asked_again_in() {
  tr -d '\r' <"$LABCTL_RUN/headers" | sed -n 's/^[Rr]etry-[Aa]fter: *\([1-9][0-9]\{0,2\}\)$/\1/p' | tail -n 1
}

# Whether this boot is a rescue, also after its job was started again.
rescuing() {
  [ -s "$LABCTL_RUN/rescue/host-key" ]
}

take_bearer() {
  bearer=$(tr -d '\r' <"$LABCTL_RUN/headers" | sed -n 's/^[Ll]abctl-[Bb]earer: *\([A-Za-z0-9_.~+/=-]\{16,\}\)$/\1/p')
  [ -n "$bearer" ] || return 0
  (umask 077; echo "Authorization: Bearer $bearer" >"$LABCTL/bearer.new") && mv -f "$LABCTL/bearer.new" "$LABCTL/bearer.header"
}

# Unpacked aside and looked at before it takes the old one's place, file by file.
take_overlay() {
  rm -rf "$LABCTL_RUN/overlay"
  mkdir -m 0700 "$LABCTL_RUN/overlay"
  (cd "$LABCTL_RUN/overlay" && cpio -idmu <"$LABCTL_BODY" 2>"$LABCTL_RUN/cpio.err") || { labctl_say 'the new overlay cannot be unpacked'; return 1; }
  if [ ! -x "$LABCTL_RUN/overlay/labctl/start" ] || [ ! -s "$LABCTL_RUN/overlay/labctl/overlay.env" ]; then labctl_say 'the new overlay is incomplete'; return 1; fi
  rm -f "$LABCTL_BODY"
  labctl_say 'an order has come'
  mv -f "$LABCTL_RUN/overlay/labctl/"* "$LABCTL/"
}

# The firmware starts next, once, what it started this time: the network. BIOS has no such word.
network_next() {
  [ -d "${LABCTL_EFI:-/sys/firmware/efi}" ] && command -v efibootmgr >/dev/null || return 0
  current=$(efibootmgr 2>/dev/null | sed -n 's/^BootCurrent: *\([0-9A-Fa-f]\{4\}\).*/\1/p')
  [ -n "$current" ] && efibootmgr -q -n "$current" >/dev/null 2>>"$LABCTL_RUN/log" || labctl_say 'the firmware was not told to start from the network next; it goes by its boot order'
}

# leave reboot|local-disk|poweroff: the local disk is reached by a new boot, whose dispatch decides.
leave() {
  labctl_say "leaving: $1"
  # A disk that does not answer must not keep the machine here: half a minute, and none after it (-n).
  sync &
  tries=0
  while kill -0 "$!" 2>/dev/null && [ "$tries" -lt 150 ]; do
    sleep 0.2
    tries=$((tries + 1))
  done
  case $1 in poweroff) off=o; poweroff -f -n ;; *) off=b; reboot -f -n ;; esac
  sleep 5
  echo 1 >/proc/sys/kernel/sysrq
  echo "$off" >/proc/sysrq-trigger
  sleep 3600
}
