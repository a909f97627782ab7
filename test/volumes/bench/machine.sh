# One boot of a machine on the bench, from its dispatch to the end of its job. Sourced; everything about the machine comes
# in MACHINE_* variables.
# shellcheck shell=sh

# take_identity: address and firmware kind are those of the machine. All have the bench's own MAC: a card that was given
# another one tells both.
take_identity() {
  rm -rf /lab/hooked
  ip link set dev vec0 up
  ip addr flush dev vec0
  ip addr add "$MACHINE_IP/24" dev vec0
  printf 'labctl.mac=%s labctl.ip=%s labctl.mask=255.255.255.0 labctl.gw=\n' "$MACHINE_MAC" "$MACHINE_IP" >/run/lab/cmdline
  umount /proc/cmdline 2>/dev/null
  mount --bind /run/lab/cmdline /proc/cmdline
  umount -R /sys/firmware 2>/dev/null
  if [ "$MACHINE_FIRMWARE" = uefi ]; then
    mount -t tmpfs firmware /sys/firmware
    mkdir -p /sys/firmware/efi/efivars
  fi
}

# fetch_overlay: 0 with the overlay in place, 3 when the bastion gives this machine no RAM disk; prints the script then.
fetch_overlay() {
  platform=pcbios
  [ "$MACHINE_FIRMWARE" != uefi ] || platform=efi
  rm -rf /labctl /run/labctl
  mkdir -m 0700 /run/labctl
  mkdir /labctl
  ln -s /lab/bin /labctl/bin
  tries=0
  until curl -sS -f --max-time 20 -o /run/lab/script -G --data-urlencode "mac=$MACHINE_MAC" --data-urlencode "uuid=$MACHINE_UUID" \
    --data-urlencode "serial=$MACHINE_SERIAL" --data-urlencode 'manufacturer=labctl' --data-urlencode 'product=Bench' \
    -d buildarch=x86_64 -d "platform=$platform" "$MACHINE_BOOT_URL/dispatch"; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || return 1
    sleep 0.2
  done
  overlay=$(grep -o 'http://[^ ]*/boot/[^ ]*/overlay\.cpio' /run/lab/script | head -n 1)
  [ -n "$overlay" ] || { cat /run/lab/script; return 3; }
  curl -sS -f --max-time 20 -o /run/lab/overlay.cpio "$overlay" || return 1
  (cd / && cpio -idmu --quiet </run/lab/overlay.cpio) || return 1
  mkdir -p /labctl/dmi
  echo labctl >/labctl/dmi/sys_vendor
  echo Bench >/labctl/dmi/product_name
  echo "$MACHINE_SERIAL" >/labctl/dmi/product_serial
  echo "$MACHINE_UUID" >/labctl/dmi/product_uuid
  # Where a machine would wait for orders, the bench is done with this boot; nobody leases addresses here.
  echo 'wait_for_orders() { exit 43; }' >/labctl/wait.sh
  : >/run/labctl/lease
}

# run_job SECONDS: the overlay's job, to its reboot or its end. Prints what it says; then `outcome: WORD`.
run_job() {
  rm -f /run/lab/rebooted /run/lab/job-pid
  # Its own process group: the stand-in for reboot ends all of it, as a reboot would.
  PATH=/lab/hooked:/lab/shims:$PATH setsid sh -c 'echo $$ >/run/lab/job-pid; exec sh /labctl/job.sh' >/run/lab/job.out 2>&1 </dev/null &
  job=$!
  rm -f /run/lab/late
  (sleep "$1"; : >/run/lab/late; read -r group </run/lab/job-pid; kill -KILL "-$group") &
  watchdog=$!
  wait "$job"
  code=$?
  kill "$watchdog" 2>/dev/null
  read -r group </run/lab/job-pid
  kill -KILL "-$group" 2>/dev/null
  # The log has what was said on the consoles too.
  if [ -s /run/labctl/log ]; then cat /run/labctl/log; else cat /run/lab/job.out; fi
  if [ -e /run/lab/rebooted ]; then echo 'outcome: rebooted'
  elif [ -e /run/lab/late ]; then echo 'outcome: late'
  elif [ -e /run/labctl/steps.code ]; then echo 'outcome: stopped'
  elif [ "$code" = 43 ] && grep -q '^labctl: refused' /run/labctl/log; then echo 'outcome: refused'
  elif [ "$code" = 43 ]; then echo 'outcome: waits'
  else echo "outcome: ended $code"
  fi
  echo 'body:'
  cat /run/labctl/body 2>/dev/null
}

# hook WHEN NAME COUNT SCRIPT: the steps' COUNTth start of NAME (`any`: of any program that may write) runs SCRIPT before or
# after it, or WHEN milliseconds into it. `cut` in SCRIPT pulls the plug.
hook() {
  rm -rf /lab/hooked /run/lab/trace
  mkdir -p /lab/hooked
  for program in sgdisk wipefs lvm mkfs.ext4 mkfs.xfs mkfs.vfat mkswap mount umount tar sync udevadm blockdev chroot mkdir rm cp mv ln chmod chown \
    sha256sum efibootmgr dd e2fsck tune2fs xfs_admin curl install touch find cat blkid; do
    ln -s /lab/hook-program "/lab/hooked/$program"
  done
  : >/run/lab/trace
  printf '%s %s %s\n' "$1" "$2" "$3" >/run/lab/hook
  printf '. /lab/disks.sh\ncut() { : >/lab/exchange/cut; /usr/bin/sleep 30; }\n%s\n' "$4" >/run/lab/hook.sh
}
