#!/bin/sh
# Process 1 of a User-Mode Linux machine before the boot's own start: gives it the SCSI disks that metal has by itself
# (the kernel's SCSI target over the host's image files), and goes on to the RAM disk's start, or to the installed root.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /proc /sys /dev /run /tmp /root
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o mode=0755,nosuid devtmpfs /dev
exec </dev/null >/dev/ttyS0 2>&1
# What an installed root could not load itself: it has another kernel's modules.
for module in scsi_mod sd_mod configfs target_core_mod target_core_file tcm_loop dm-mod dm-snapshot dm-thin-pool raid1 dm-raid vfat nls_cp437 nls_iso8859-1 nls_ascii nls_utf8 loop efivarfs 8021q; do
  modprobe -q "$module" 2>/dev/null
done
# By itself it would make a bond0 that nobody asked for.
modprobe -q bonding max_bonds=0 2>/dev/null
mount -t configfs configfs /sys/kernel/config 2>/dev/null
read -r folder </uml/folder
mount -t hostfs -o "hostfs=/host$folder" none /uml/host || { echo 'uml: the host folder cannot be mounted; there are no disks'; : >/uml/disks; }
target=/sys/kernel/config/target
number=0
while read -r file size serial; do
  [ -n "$file" ] || continue
  core=$target/core/fileio_$number/disk$number
  port=$target/loopback/naa.50000000077000$(printf %02x "$number")/tpgt_1
  mkdir -p "$core"
  echo "fd_dev_name=/uml/host/$file,fd_dev_size=$size,fd_buffered_io=1" >"$core/control"
  echo "$serial" >"$core/wwn/vpd_unit_serial"
  echo 1 >"$core/enable"
  mkdir -p "$port/lun/lun_0"
  echo "naa.60000000077000$(printf %02x "$number")" >"$port/nexus"
  ln -s "$core" "$port/lun/lun_0/disk"
  number=$((number + 1))
done </uml/disks
umount -l /uml/host
read -r clock </uml/clock
[ -z "$clock" ] || date -u -s "$clock" >/dev/null
read -r root </uml/root
if [ "$root" = initrd ]; then
  umount /sys/kernel/config
  exec /labctl/start
fi
# What udev learns here must reach the installed root: volumes that are active already are not announced again.
mount -t tmpfs -o mode=0755,nosuid,nodev run /run
# No firmware and no boot loader here: the disk's root is started by User-Mode Linux's kernel, not by the kernel installed on it.
/usr/lib/systemd/systemd-udevd --daemon --resolve-names=never
udevadm trigger --type=all --action=add
udevadm settle --timeout=120
for group in $(lvm vgs --noheadings -o vg_name --devicesfile ''); do lvm vgchange --devicesfile '' -ay "$group"; done
udevadm settle --timeout=120
mkdir -p /sysroot
for device in /dev/mapper/*-root; do
  [ -b "$device" ] && mount "$device" /sysroot && break
done
udevadm control --exit
if [ -x /sysroot/sbin/init ] || [ -L /sysroot/sbin/init ]; then
  exec switch_root /sysroot /sbin/init
fi
echo 'uml: no root to start was found on the disk'
sleep 5
poweroff -f
