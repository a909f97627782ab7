# Disks of the bench, made and taken away by the kernel's SCSI target. Sourced.
# shellcheck shell=sh
target=/sys/kernel/config/target

# open_images FOLDER: the host's folder of image files, mounted afresh, so that nothing of an earlier one is remembered.
open_images() {
  mount -t hostfs -o "hostfs=/host$1" none /lab/images
}

# close_images: everything written is in the host's files when this returns.
close_images() {
  sync
  umount /lab/images || { echo 'bench: the images are still in use'; return 1; }
}

# core_file NUMBER FILE BYTES SERIAL SECTOR-BYTES VENDOR MODEL: one image as a target that is not attached yet.
core_file() {
  core=$target/core/fileio_$1/disk
  mkdir -p "$core" || return 1
  echo "fd_dev_name=/lab/images/$2,fd_dev_size=$3,fd_buffered_io=1" >"$core/control" || return 1
  describe_core "$@"
}

# core_device NUMBER DEVICE BYTES SERIAL SECTOR-BYTES VENDOR MODEL: likewise over a block device of the guest.
core_device() {
  core=$target/core/iblock_$1/disk
  mkdir -p "$core" || return 1
  echo "udev_path=$2" >"$core/control" || return 1
  describe_core "$@"
}

describe_core() {
  echo "$4" >"$core/wwn/vpd_unit_serial" || return 1
  [ -z "$6" ] || echo "$6" >"$core/wwn/vendor_id"
  [ -z "$7" ] || echo "$7" >"$core/wwn/product_id"
  echo 1 >"$core/enable" || return 1
  # Only an image can be given other sectors; a block device keeps its own.
  case $core in */fileio_*) echo "$5" >"$core/attrib/block_size" ;; esac
}

# attach_core NUMBER CORE: the disk appears now. The same core may be attached twice: one disk on two paths.
attach_core() {
  port=$target/loopback/naa.5000000007$(printf %06x "$1")/tpgt_1
  mkdir -p "$port" || return 1
  echo "naa.6000000007$(printf %06x "$1")" >"$port/nexus" || return 1
  mkdir -p "$port/lun/lun_0" || return 1
  ln -s "$2" "$port/lun/lun_0/disk"
}

# let_go_of_disks: nothing mounted, active or running on any disk.
let_go_of_disks() {
  for turn in 1 2 3; do
    while read -r device where _; do
      case $device in /dev/mapper/* | /dev/dm-* | /dev/sd* | /dev/md*) umount "$where" 2>/dev/null || { [ "$turn" = 3 ] && umount -l "$where"; } ;; esac
    done </proc/mounts
    while read -r device _; do case $device in /dev/*) swapoff "$device" ;; esac; done </proc/swaps
    dmsetup ls --target crypt 2>/dev/null | while read -r name _; do [ "$name" = No ] || dmsetup remove "$name"; done
    for group in $(lvm vgs --devicesfile '' --noheadings -o vg_name 2>/dev/null | sort -u); do lvm vgchange --devicesfile '' -an "$group" >/dev/null 2>&1; done
    [ ! -e /proc/mdstat ] || ! grep -q '^md' /proc/mdstat || mdadm --stop --scan 2>/dev/null
    [ "$(dmsetup ls 2>/dev/null | grep -cv -e '^No devices' -e '^lab-')" = 0 ] && break
    dmsetup ls | while read -r name _; do case $name in lab-*) ;; *) dmsetup remove --force "$name" ;; esac; done
  done 2>/dev/null
  return 0
}

detach_disks() {
  let_go_of_disks
  for link in "$target"/loopback/*/tpgt_1/lun/lun_0/disk; do [ -L "$link" ] && rm "$link"; done
  for lun in "$target"/loopback/*/tpgt_1/lun/lun_0; do [ -d "$lun" ] && rmdir "$lun"; done
  for port in "$target"/loopback/*/tpgt_1; do [ -d "$port" ] && rmdir "$port"; done
  for port in "$target"/loopback/naa.*; do [ -d "$port" ] && rmdir "$port"; done
  for core in "$target"/core/*/disk; do [ -d "$core" ] && rmdir "$core"; done
  for core in "$target"/core/fileio_* "$target"/core/iblock_*; do [ -d "$core" ] && rmdir "$core"; done
  dmsetup ls 2>/dev/null | while read -r name _; do case $name in lab-*) dmsetup remove --force "$name" ;; esac; done
  losetup -D
  udevadm settle --timeout=20
  left=''
  for disk in /sys/block/sd*; do [ ! -e "$disk" ] || left="$left ${disk##*/}"; done
  [ -z "$left" ] || { echo "bench: still there:$left"; return 1; }
}

# flaky_device NAME FILE FROM-MIB TO-MIB: an image below device-mapper; sets $flaky. The range, where there is one, fails.
flaky_device() {
  loop=$(losetup -f --show "/lab/images/$2") || return 1
  sectors=$(blockdev --getsz "$loop")
  flaky_table "$loop" "$sectors" "$3" "$4" | dmsetup create "lab-$1" || return 1
  # shellcheck disable=SC2034
  flaky=/dev/mapper/lab-$1
  echo "$loop $sectors" >"/run/lab/flaky-$1"
}

# flaky_table DEVICE SECTORS FROM-MIB TO-MIB [error_reads|error_writes]: prints a table that passes on everything but that range.
flaky_table() {
  from=$(($3 * 2048)) to=$(($4 * 2048))
  [ "$to" -gt "$from" ] || { echo "0 $2 linear $1 0"; return; }
  [ "$to" -le "$2" ] || to=$2
  [ "$from" = 0 ] || echo "0 $from linear $1 0"
  # Up for no second, down for an hour: every read and write of the range fails.
  echo "$from $((to - from)) flakey $1 $from 0 3600${5:+ 1 $5}"
  [ "$to" = "$2" ] || echo "$to $(($2 - to)) linear $1 $to"
}

# break_disk NAME FROM-MIB TO-MIB [error_reads|error_writes]: from now on that range fails.
break_disk() {
  read -r loop sectors <"/run/lab/flaky-$1"
  flaky_table "$loop" "$sectors" "$2" "$3" "${4:-}" | dmsetup load "lab-$1" && dmsetup suspend --nolockfs --noflush "lab-$1" && dmsetup resume "lab-$1"
}

# hang_disk NAME: from now on nothing that is asked of it comes back.
hang_disk() {
  dmsetup suspend --nolockfs --noflush "lab-$1"
}

# wait_for_disks COUNT: they are there, and udev has named them. Disks appear by themselves a moment after they are attached.
wait_for_disks() {
  turns=300
  while :; do
    there=0
    for disk in /sys/block/sd*; do
      [ -e "$disk" ] || continue
      read -r number <"$disk/dev"
      [ -e "/run/udev/data/b$number" ] && there=$((there + 1))
    done
    [ "$there" -lt "$1" ] || break
    turns=$((turns - 1))
    [ "$turns" -gt 0 ] || { echo "bench: $there of $1 disks came up"; return 1; }
    sleep 0.1
  done
  udevadm settle --timeout=30
}
