# Mounts, programs and devices: what a kernel leaves undone. Each part looks first, since a second overlay runs it again.
# shellcheck shell=sh

prepare_once() {
  [ -r /proc/self/stat ] || { mkdir -p /proc /sys /dev /run /tmp /root; mount -t proc -o nosuid,nodev,noexec proc /proc; }
  [ -d /sys/class ] || mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
  mounted devtmpfs || mount -t devtmpfs -o mode=0755,nosuid devtmpfs /dev
  mounted devpts || { mkdir -p /dev/pts /dev/shm; mount -t devpts -o mode=0620,gid=5,nosuid,noexec devpts /dev/pts; }
  [ -d /run/labctl ] || { mount -t tmpfs -o mode=0755,nosuid,nodev run /run; mkdir -m 0700 /run/labctl; }
  if [ -d /sys/firmware/efi/efivars ] && ! mounted efivarfs; then mount -t efivarfs efivarfs /sys/firmware/efi/efivars; fi
  # Programs that this initramfs has only inside busybox come last in PATH.
  if [ ! -d /labctl/bin ] && command -v busybox >/dev/null; then mkdir -p /labctl/bin; busybox --install -s /labctl/bin; fi
}

mounted() {
  while read -r _ _ type _; do [ "$type" = "$1" ] && return 0; done </proc/mounts
  return 1
}

# Starts udev and asks for every device once; does not wait for them.
start_udev() {
  [ -S /run/udev/control ] && return 0
  mkdir -p /run/udev/rules.d
  # Nothing may put arrays or groups together by itself: an empty file of the same name switches a rule file off (udev(7)).
  for rules in 63-md-raid-arrays 64-md-raid-assembly 65-md-incremental 65-md-incremental-imsm 65-md-incremental-dmraid \
    69-lvm 69-dm-lvm 69-dm-lvm-metad 68-del-part-nodes 62-multipath 60-multipath 11-dm-mpath 80-btrfs 64-btrfs 69-bcache 90-bcache; do
    : >"/run/udev/rules.d/$rules.rules"
  done
  for udevd in /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd /usr/sbin/udevd /sbin/udevd; do
    [ -x "$udevd" ] && break
  done
  "$udevd" --daemon --resolve-names=never 2>>/run/labctl/udev.err || { labctl_say 'udev did not start; only devices with built-in drivers will be found'; return 1; }
  # Devices only, and none of the many that have no driver to load and no link to make: each costs a process under emulation.
  udevadm trigger --action=add --subsystem-nomatch=tty --subsystem-nomatch=vc --subsystem-nomatch=mem --subsystem-nomatch=workqueue --subsystem-nomatch=memory
}
