# An Anaconda environment on the bench: what dracut's hook took along, and a PATH with the programs that lorax leaves there
# (share/templates.d/99-generic/runtime-cleanup.tmpl) and none besides. Sourced after machine.sh.
# shellcheck shell=sh
installer=/run/lab/installer

# enter_installer FOLDER: after fetch_overlay. FOLDER has the host's bash and ssh-keygen, and what they are linked to.
enter_installer() {
  # shellcheck disable=SC1091
  . /var/lib/dracut/hooks/pre-pivot/50-labctl.sh
  [ -d /run/labctl/overlay ] || { echo 'the hook took nothing along'; return 1; }
  # The initramfs is gone from here on, but for what stands for the firmware's tables.
  rm -rf /run/lab/dmi "$installer" && mv /labctl/dmi /run/lab/dmi && rm -rf /labctl && mkdir /labctl && mv /run/lab/dmi /labctl/dmi
  mkdir -p "$installer/bin" "$installer/lib"
  for program in basename cat chgrp chmod chown chroot cp cut date dd df dirname du env expr head id ln ls md5sum mkdir mknod mktemp mv od paste pwd readlink realpath rm rmdir seq sha256sum \
    sleep sort split sync tac tail tee touch tr true false uname uniq wc sed grep awk tar gzip cpio curl ip find xargs dmesg kill lsblk mount umount mountpoint findmnt blkid blockdev losetup mkswap \
    sfdisk swapoff swapon wipefs partx hexdump flock hwclock lvm lvs vgs pvs vgchange lvchange dmsetup mdadm udevadm modprobe efibootmgr dumpe2fs e2fsck tune2fs mkfs.ext4 xfs_db xfs_repair sgdisk; do
    for folder in /usr/sbin /usr/bin /lab/bin; do
      if [ -x "$folder/$program" ]; then ln -s "$folder/$program" "$installer/bin/$program"; break; fi
    done
  done
  cp "$1/bash" "$installer/bin/" && ln -s bash "$installer/bin/sh" && cp "$1/ssh-keygen" "$1"/lib/* "$installer/lib/" || return 1
  # With the libcrypto that it was built for.
  printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/ssh-keygen "$@"\n' "$installer/lib" "$installer/lib" >"$installer/bin/ssh-keygen"
  chmod 755 "$installer/bin/ssh-keygen"
}

# run_pre SECONDS: %pre as Anaconda runs it, to its end. Prints what it said; then `outcome: WORD`.
run_pre() {
  rm -f /run/lab/rebooted /run/lab/job-pid
  setsid env -i PATH="/lab/shims:$installer/bin" LABCTL_ON_CONSOLES=no "$installer/bin/bash" -c 'echo $$ >/run/lab/job-pid; exec sh /run/labctl/overlay/kickstart-pre.sh' >/run/lab/job.out 2>&1 </dev/null &
  job=$!
  (sleep "$1"; read -r group </run/lab/job-pid; kill -KILL "-$group") &
  watchdog=$!
  wait "$job"
  code=$?
  kill "$watchdog" 2>/dev/null
  cat /run/labctl/log
  cat /run/lab/job.out
  if [ -e /run/lab/rebooted ]; then echo 'outcome: rebooted'; else echo "outcome: $code"; fi
}
