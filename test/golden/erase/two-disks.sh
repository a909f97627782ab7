#!/bin/sh
# Erases disks of worker-1, attempt 1. All of them are checked before the first write; the first surprise ends it.
# shellcheck shell=sh
set -u
umask 022
export LC_ALL=C LABCTL_ON_CONSOLES=yes LABCTL_ATTEMPT='1'
. "${LABCTL:-/labctl}/lib.sh"
log=$LABCTL_RUN/log
# What is being done, from the first write on; and what is done.
stage=
erased=
# Seconds in which something must have moved.
patience=${LABCTL_PATIENCE:-300}

# due SECONDS WHAT: if nothing more is heard of these steps for so long, the RAM disk ends them, and this is the reason.
due() {
  read -r due_up _ </proc/uptime
  if [ -n "$stage" ]; then due_reason="stopped while $stage: $2 does not come back; done before that: ${erased:-nothing}"; else due_reason="$2 does not come back; nothing was touched"; fi
  printf '%s %s\n' "$((${due_up%%.*} + $1))" "$due_reason" >"$LABCTL_RUN/due"
}

# stop MESSAGE: ends the attempt, and says what was done.
stop() {
  [ -n "$stage" ] || labctl_fail "$1; nothing was touched"
  labctl_fail "stopped while $stage: $1; done before that: ${erased:-nothing}; every disk of the order is erased again by another attempt"
}

# progress PHASE [PERCENT]: an order that the bastion takes back meanwhile ends the attempt.
progress() {
  labctl_progress "$@"
  if [ "$LABCTL_STATUS" = 410 ]; then stop "the bastion takes the order back: $(labctl_answer_text)"; fi
}

# ---- Checks: the disks are still what the bastion was told, or nothing is written.

# find_disk BY-ID SERIAL BYTES SECTOR-BYTES: sets $disk, and $disk_name, the kernel's name for it.
find_disk() {
  due $((patience * 2)) "looking at the disk $1"
  [ -b "/dev/disk/by-id/$1" ] || stop "the disk $1 is not there any more"
  disk=$(readlink -f "/dev/disk/by-id/$1")
  disk_name=${disk##*/}
  disk_as="$1 ($disk_name)"
  [ ! -e "/sys/class/block/$disk_name/partition" ] || stop "$disk_as is a partition, not a disk"
  disk_sectors=0 disk_sector_bytes=0 disk_read_only=unknown
  read -r disk_sectors <"/sys/class/block/$disk_name/size"
  [ $((disk_sectors * 512)) = "$3" ] || stop "$disk_as has $((disk_sectors * 512)) bytes, $3 were reported"
  read -r disk_sector_bytes <"/sys/class/block/$disk_name/queue/logical_block_size"
  [ "$disk_sector_bytes" = "$4" ] || stop "$disk_as has sectors of $disk_sector_bytes bytes, $4 were reported"
  read -r disk_read_only <"/sys/class/block/$disk_name/ro"
  [ "$disk_read_only" = 0 ] || stop "$disk_as is read-only"
  if [ -n "$2" ]; then
    disk_serial=$(timeout -k 5 30 lsblk -dno SERIAL "$disk" | tr -s ' ' | sed 's/^ //; s/ $//')
    [ "$disk_serial" = "$2" ] || stop "$disk_as has the serial $disk_serial, $2 was reported"
  fi
  not_in_use
}

# Nothing of the disk is mounted, swapped on, or held by LVM, RAID or encryption.
not_in_use() {
  for held in "/sys/class/block/$disk_name"/holders/* "/sys/class/block/$disk_name/$disk_name"*/holders/*; do
    [ ! -e "$held" ] || stop "$disk_as is in use by ${held##*/}"
  done
  for table in /proc/mounts /proc/swaps; do
    while read -r used rest; do
      case $used in "$disk" | "$disk"[0-9]* | "$disk"p[0-9]*) stop "$disk_as is in use ($used ${rest%% *})" ;; esac
    done <"$table"
  done
}

for program in blkdiscard blkid dd lsblk od readlink sync timeout tr wc; do
  command -v "$program" >/dev/null || stop "the RAM disk has no $program"
done

check_disks() {
  disks_all=0
  disks_all=$((disks_all + 1))
  find_disk 'ata-DISK_1' 'it'\''s $(x)' '16777216' '512'
  disks_all=$((disks_all + 1))
  find_disk 'ata-DISK_2' 'two' '33554432' '4096'
}
check_disks
tries=0
# The bastion must have heard it before the first write.
until labctl_progress disks && case $LABCTL_STATUS in 2??) ;; *) false ;; esac; do
  case $LABCTL_STATUS in 429) ;; 4??) stop "the bastion takes the order back ($LABCTL_STATUS): $(labctl_answer_text)" ;; esac
  tries=$((tries + 1))
  due $((patience * 2)) 'telling the bastion'
  [ "$tries" -lt 60 ] || stop 'the bastion could not be told that the disks are about to be erased'
  sleep 5
done
[ "$tries" = 0 ] || check_disks

# ---- From here on it writes. Places on a disk are counted in blocks of 64 KiB.

# zeros BLOCK COUNT: whether that many blocks read as zeros, past the memory that may still hold them (open(2), O_DIRECT).
zeros() {
  timeout -k 5 120 dd if="$disk" of="$LABCTL_RUN/sample" bs=65536 skip="$1" count="$2" iflag=direct 2>>"$log" || stop "$disk_as cannot be read at byte $(($1 * 65536))"
  [ -s "$LABCTL_RUN/sample" ] || stop "$disk_as reads as nothing at byte $(($1 * 65536))"
  [ "$(tr -d '\000' <"$LABCTL_RUN/sample" | wc -c)" = 0 ]
}

# random_block: sets $block to any whole block of the disk.
random_block() {
  block=$(od -An -N8 -tu4 /dev/urandom)
  block=$(((${block% *} % 2147483648 * 2147483648 + ${block##* } % 2147483648) % whole_blocks))
}

# Bytes of chance at places of chance, so that a disk that only says that it discards is found out.
mark_disk() {
  marks=''
  while [ "$(echo "$marks" | wc -w)" -lt 16 ]; do
    random_block
    timeout -k 5 60 dd if=/dev/urandom of="$disk" bs=65536 seek="$block" count=1 oflag=direct conv=notrunc 2>>"$log" || stop "$disk_as cannot be written at byte $((block * 65536))"
    marks="$marks $block"
  done
}

# reads_empty: whether the beginning, the end, the marks and 48 places of chance read as zeros; else $found says where they don't.
reads_empty() {
  most=16
  [ "$whole_blocks" -ge 16 ] || most=$whole_blocks
  for found in 0 $((whole_blocks - most)); do zeros "$found" "$most" || return 1; done
  if [ $((whole_blocks * 65536)) != "$bytes" ]; then found=$whole_blocks; zeros "$found" 1 || return 1; fi
  for found in $marks; do zeros "$found" 1 || return 1; done
  samples=0
  while [ "$samples" -lt 48 ]; do
    random_block
    found=$block
    zeros "$found" 1 || return 1
    samples=$((samples + 1))
  done
}

# through OPTION: gives the whole disk to blkdiscard with that option, a piece at a time.
through() {
  at=0
  while [ "$at" -lt "$bytes" ]; do
    piece=$((bytes - at))
    due $((1800 + patience)) 'what was written'
    [ "$piece" -le "$most_bytes" ] || piece=$most_bytes
    timeout -k 5 1800 blkdiscard -f ${1:+"$1"} -o "$at" -l "$piece" "$disk" >"$LABCTL_RUN/erase.out" 2>&1 </dev/null || { cat "$LABCTL_RUN/erase.out" >>"$log"; return 1; }
    at=$((at + piece))
    percent=$(((disks_done * 100 + at / (bytes / 100 + 1)) / disks_all))
    if [ "$percent" -ge $((told_percent + 5)) ]; then told_percent=$percent; progress disks "$percent"; fi
  done
}

# erase_disk: $disk, by the best way that it has; what it says of itself is not believed, but read.
erase_disk() {
  stage="erasing $disk_as"
  bytes=$((disk_sectors * 512)) whole_blocks=$((disk_sectors / 128)) marks='' how=''
  [ "$whole_blocks" -gt 0 ] || stop 'it is smaller than 64 KiB'
  # A hundredth of the disk, in whole MiB, of 4 GiB at most: the bastion hears of it, and a disk that hangs is noticed.
  most_bytes=$(((bytes / 104857600 + 1) * 1048576))
  [ "$most_bytes" -le 4294967296 ] || most_bytes=4294967296
  discards=0
  { read -r discards <"/sys/class/block/$disk_name/queue/discard_max_bytes"; } 2>/dev/null
  if [ "$discards" != 0 ]; then
    mark_disk
    if through -s; then how='securely discarded'; elif through ''; then how=discarded; fi
    if [ -n "$how" ] && ! reads_empty; then
      labctl_say "$disk_as says that it is $how, but still holds something at byte $((found * 65536)); overwriting it"
      how=
    fi
  fi
  if [ -z "$how" ]; then
    through -z || stop "it cannot be overwritten: $(tail -n 1 "$LABCTL_RUN/erase.out")"
    timeout -k 5 600 sync "$disk" 2>>"$log" || stop 'what was written could not be made to last'
    reads_empty || stop "it is not empty at byte $((found * 65536)) after it was overwritten"
    how='overwritten with zeros'
  fi
  timeout -k 5 30 blkid -p "$disk" >>"$log" 2>&1
  [ $? = 2 ] || stop 'a signature can still be seen on it'
  erased="${erased:+$erased; }$disk_as $how and read back as zeros"
  disks_done=$((disks_done + 1))
  labctl_say "$disk_as $how"
}

disks_done=0 told_percent=0

find_disk 'ata-DISK_1' 'it'\''s $(x)' '16777216' '512'
erase_disk

find_disk 'ata-DISK_2' 'two' '33554432' '4096'
erase_disk

stage='telling the bastion'
due $((patience * 20)) 'the bastion'
tries=0
until labctl_progress erased '' "$erased" && case $LABCTL_STATUS in 2??) ;; *) false ;; esac; do
  case $LABCTL_STATUS in 429) ;; 4??) stop "the bastion takes the order back ($LABCTL_STATUS): $(labctl_answer_text)" ;; esac
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || stop 'the bastion could not be told'
  sleep 5
done
labctl_say 'erased; this machine starts again'
reboot -f -n
sleep 60
labctl_fail "the machine did not reboot; $erased"
