#!/bin/sh
# Installs worker-1, attempt 1. Everything is checked before the first write; the first surprise ends it.
# shellcheck shell=sh
set -u
umask 022
export LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1 LABCTL_ON_CONSOLES=yes LABCTL_ATTEMPT='1'
answer=${0%/*}
. "${LABCTL:-/labctl}/lib.sh"
target=/target
log=$LABCTL_RUN/log
# What is being done, from the first write on.
stage=
children=
groups_open=
looks=0
# Seconds in which something must have moved.
patience=${LABCTL_PATIENCE:-300}
trap let_go EXIT

# due SECONDS WHAT: if nothing more is heard of these steps for so long, the RAM disk ends them (conversation.sh), since a shell can hang with the disk that it writes to; this is then the reason.
due() {
  read -r due_up _ </proc/uptime
  if [ -n "$stage" ]; then due_reason="stopped while $stage: $2 does not come back; "'the system on the disk is unfinished; run labctl provision retry'; else due_reason="$2 does not come back; nothing was touched"; fi
  printf '%s %s\n' "$((${due_up%%.*} + $1))" "$due_reason" >"$LABCTL_RUN/due"
}
due $((patience * 2)) 'looking at what is there'

# Whatever happens, nothing stays mounted or active: another attempt may follow in the same RAM disk. What hangs is left behind.
let_go() {
  trap '' EXIT
  due $((patience * 2)) 'letting go of the disks'
  for child in $children; do kill -9 "$child" 2>/dev/null; done
  cd /
  if grep -q ' /labctl-image ' /proc/mounts; then umount /labctl-image 2>>"$log"; fi
  let_go_tries=0
  while grep -q " ${target}[/ ]" /proc/mounts && [ "$let_go_tries" -lt 5 ]; do
    [ "$let_go_tries" = 0 ] || sleep 1
    timeout -k 5 60 umount -R "$target" 2>>"$log"
    case $? in 124 | 137) : >"$LABCTL_RUN/hung"; return ;; esac
    let_go_tries=$((let_go_tries + 1))
  done
  for group in $groups_open; do timeout -k 5 60 lvm vgchange --devicesfile '' -an "$group" >>"$log" 2>&1; done
}

# stop MESSAGE: ends the attempt, and says what was done and what is left.
stop() {
  [ -n "$stage" ] || labctl_fail "$1; nothing was touched"
  labctl_fail "stopped while $stage: $1; "'the system on the disk is unfinished; run labctl provision retry'
}

# progress PHASE [PERCENT]: an order that the bastion takes back meanwhile ends the attempt.
progress() {
  labctl_progress "$@"
  if [ "$LABCTL_STATUS" = 410 ]; then stop "the bastion takes the order back: $(labctl_answer_text)"; fi
}

# run SECONDS WHAT COMMAND...: its output goes to the log; a failure or too long a wait ends the attempt.
run() {
  run_seconds=$1 run_what=$2
  shift 2
  due $((run_seconds + patience)) "$run_what"
  echo "labctl: $run_what ($due_up s)" >>"$log"
  timeout -k 5 "$run_seconds" "$@" >"$LABCTL_RUN/run.out" 2>&1 </dev/null
  run_code=$?
  cat "$LABCTL_RUN/run.out" >>"$log"
  due $((patience * 2)) "what follows $run_what"
  case $run_code in
    0) return 0 ;;
    124 | 137) stop "$run_what: still not done after $run_seconds s$(hanging)" ;;
    *) stop "$run_what: $1 ended with $run_code: $(tail -n 3 "$LABCTL_RUN/run.out" | tr '\n' ' ')" ;;
  esac
}

# hanging: whether a program waits for a disk that does not answer, in words to add to a reason.
hanging() {
  for hanging_file in /proc/[0-9]*/stat; do
    if hangs "$hanging_file" && sleep 2 && hangs "$hanging_file"; then
      : >"$LABCTL_RUN/hung"
      echo '; a disk does not answer any more: switch the machine off before another attempt'
      return
    fi
  done
}

# State D, but not a thread of the kernel, whose parent is 2 (proc(5)).
hangs() {
  { read -r hanging_line <"$1"; } 2>/dev/null || return 1
  case ${hanging_line##*) } in 'D 2 '*) return 1 ;; 'D '*) return 0 ;; *) return 1 ;; esac
}

# moved PID: sets $moved to how far it is: the positions of its open files, and what waits to be written to any disk.
moved() {
  moved=0
  for moved_file in "/proc/$1/fdinfo"/*; do { read -r _ moved_at <"$moved_file" && moved=$((moved + moved_at)); } 2>/dev/null; done
  while read -r moved_key moved_kib _; do case $moved_key in Dirty: | Writeback:) moved="$moved $moved_kib" ;; esac; done </proc/meminfo
}

# attend PID WHAT [EACH-SECOND...]: waits for a child and returns its code; five minutes ($patience) in which it gets nowhere end the attempt. The first two seconds are waited for by fifths: most are done by then.
attend() {
  attend_pid=$1 attend_what=$2 attend_turns=0 attend_idle=0 attend_moved=
  shift 2
  due $((patience * 2)) "$attend_what"
  children="$children $attend_pid"
  while kill -0 "$attend_pid" 2>/dev/null; do
    if [ "$attend_turns" -lt 10 ]; then sleep 0.2; else sleep 0.5; fi
    attend_turns=$((attend_turns + 1))
    [ "$attend_turns" -ge 10 ] && [ $((attend_turns % 4)) = 2 ] || continue
    [ $# = 0 ] || "$@"
    due $((patience * 2)) "$attend_what"
    moved "$attend_pid"
    if [ "$moved" = "$attend_moved" ]; then attend_idle=$((attend_idle + 2)); else attend_idle=0; fi
    attend_moved=$moved
    [ "$attend_idle" -lt "$patience" ] || stop "$attend_what: it has got nowhere for $patience s$(hanging)"
  done
  wait "$attend_pid"
}

# write FILE [MODE]: standard input becomes the file below the target.
write() {
  due $((patience * 2)) "writing $1"
  { mkdir -p "$target${1%/*}" && rm -f "$target$1" && (umask 077; cat >"$target$1") && chmod "${2:-0644}" "$target$1"; } 2>"$LABCTL_RUN/write.err" || stop "$1 could not be written: $(tail -n 1 "$LABCTL_RUN/write.err")"
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

# probe DEVICE [OFFSET]: sets $probed_type, $probed_uuid, $probed_table and $probed_kind to what its bytes say, empty for nothing.
probe() {
  probed_type='' probed_uuid='' probed_table='' probed_kind=''
  timeout -k 5 30 blkid -p -o export ${2:+-O "$2"} "$1" >"$LABCTL_RUN/probe" 2>>"$log"
  case $? in
    0) ;;
    2) return ;;
    8) probed_type=several-signatures; return ;;
    *) stop "$1 could not be read: blkid failed" ;;
  esac
  while IFS='=' read -r probe_key probe_value; do
    case $probe_key in
      TYPE) probed_type=$probe_value ;;
      UUID) probed_uuid=$probe_value ;;
      PTUUID) probed_table=$probe_value ;;
      PTTYPE) probed_kind=$probe_value ;;
    esac
  done <"$LABCTL_RUN/probe"
}

# holds DEVICE TYPE UUID: the report names what blkid says, and where that is silent or torn between several, what wipefs lists.
holds() {
  probe "$1"
  [ "$probed_type $probed_uuid" != "$2 $3" ] || return 0
  case $probed_type in '' | several-signatures) ;; *) return 1 ;; esac
  timeout -k 5 30 wipefs --no-act --noheadings -O TYPE,UUID "$1" >"$LABCTL_RUN/probe" 2>>"$log" || stop "$1 could not be read: wipefs failed"
  probed_type=''
  while read -r probe_key probe_value; do
    case $probe_key in gpt | PMBR | dos | mac | sun | sgi | bsd | atari | aix | solaris-x86 | unixware) continue ;; esac
    case "+$probed_type+" in
      ++) probed_type=$probe_key probed_uuid=$probe_value ;;
      *"+$probe_key+"*) ;;
      *) probed_type=$probed_type+$probe_key probed_uuid='' ;;
    esac
  done <"$LABCTL_RUN/probe"
  [ "$probed_type $probed_uuid" = "$2 $3" ]
}

expect_whole() {
  holds "$disk" "$1" "$2" || stop "$disk_as holds ${probed_type:-nothing}, ${1:-nothing} $2 was reported"
  [ "$probed_table" = "$3" ] || stop "$disk_as has the partition table ${probed_table:-none}, ${3:-none} was reported"
  partitions_seen=0 partitions_there=0
  for node in "/sys/class/block/$disk_name/$disk_name"*/partition; do
    [ ! -e "$node" ] || partitions_there=$((partitions_there + 1))
  done
}

# expect_partition NUMBER START SECTORS TYPE UUID PARTUUID: start and length in units of 512 bytes, as the kernel counts.
expect_partition() {
  for node in "/sys/class/block/$disk_name/$disk_name"*; do
    { read -r number <"$node/partition"; } 2>/dev/null || continue
    [ "$number" = "$1" ] || continue
    read -r start <"$node/start"
    read -r sectors <"$node/size"
    [ "$start $sectors" = "$2 $3" ] || stop "partition $1 of $disk_as is not where it was reported"
    holds "/dev/${node##*/}" "$4" "$5" || stop "partition $1 of $disk_as holds $probed_type $probed_uuid, $4 $5 was reported"
    if [ -n "$6" ]; then
      part_uuid=$(timeout -k 5 30 sfdisk --part-uuid "$disk" "$1" 2>>"$log" | tr 'A-F' 'a-f')
      [ "$part_uuid" = "$6" ] || stop "partition $1 of $disk_as has the PARTUUID ${part_uuid:-none}, $6 was reported"
    fi
    partitions_seen=$((partitions_seen + 1))
    return
  done
  stop "partition $1 of $disk_as is gone since the report"
}

expect_no_more() {
  [ "$partitions_seen" = "$partitions_there" ] || stop "$disk_as has $partitions_there partitions, $partitions_seen were reported"
}

# A disk taken for empty has no file system where partitions usually begin or ours will, and no lost partition table's copy at its end.
expect_really_empty() {
  for offset in "$@"; do
    probe "$disk" "$offset"
    [ -z "$probed_type" ] || stop "$disk_as was taken for empty, but $probed_type begins at byte $offset; if that may be lost: --wipe"
  done
  timeout -k 5 30 dd if="$disk" of="$LABCTL_RUN/probe" bs="$disk_sector_bytes" skip=$((disk_sectors * 512 / disk_sector_bytes - 1)) count=1 2>>"$log" || stop "the end of $disk_as could not be read"
  [ -s "$LABCTL_RUN/probe" ] || stop "the end of $disk_as reads as nothing"
  end=$(head -c 8 "$LABCTL_RUN/probe" | tr -dc 'A-Z ')
  if [ "$whole_kind" != gpt ] && [ "$end" = 'EFI PART' ]; then stop "$disk_as was taken for empty, but the copy of a partition table is at its end; if that may be lost: --wipe"; fi
}

for program in  'blkid' 'lsblk' 'sgdisk' 'wipefs' 'lvm' 'udevadm' 'blockdev' 'sync' 'mkfs.ext4' 'mkfs.vfat' 'curl' 'tar' 'sha256sum' 'stat' 'timeout' 'chroot' 'dd' 'readlink' 'mkfs.xfs' 'mkswap'; do
  command -v "$program" >/dev/null || stop "the RAM disk has no $program"
done
[ ! -e '/dev/vg0' ] || stop 'the group cannot be named vg0: there is a /dev/vg0 in the RAM disk; give the layout another group'
[ ! -e '/dev/bulk' ] || stop 'the group cannot be named bulk: there is a /dev/bulk in the RAM disk; give the layout another group'

# partition_node NUMBER START SECTORS: the kernel has seen that partition of $disk where it is to be: sets $node.
partition_node() {
  tries=0
  while [ "$tries" -lt 100 ]; do
    for node in "/sys/class/block/$disk_name/$disk_name"*; do
      { read -r number <"$node/partition" && read -r start <"$node/start" && read -r sectors <"$node/size"; } 2>/dev/null || continue
      if [ "$number $start $sectors" = "$1 $2 $3" ] && [ -b "/dev/${node##*/}" ]; then node=/dev/${node##*/}; return; fi
    done
    tries=$((tries + 1))
    if [ "$tries" = 50 ]; then blockdev --rereadpt "$disk" 2>>"$log"; fi
    sleep 0.1
  done
  stop "the kernel does not show partition $1 of $disk_as at $2 with $3 sectors"
}

check_disks() {
find_disk 'ata-QEMU_HARDDISK_SER-nvme0n1' 'SER-nvme0n1' '68719476736' '4096'
expect_whole '' '' ''
whole_kind=$probed_kind
expect_no_more
expect_really_empty '32256' '1048576'
find_disk 'ata-QEMU_HARDDISK_SER-sda' 'SER-sda' '34359738368' '512'
expect_whole '' '' ''
whole_kind=$probed_kind
expect_no_more
expect_really_empty '32256' '1048576' '2097152' '270532608' '807403520'
}
check_disks


# ---- The last word: the image can be had, and the bastion has heard it.

image='http://192.0.2.1:8080/os/debian-13/image.tar'
# A bastion that is being restarted is waited for, for two minutes; an image that is not there is not.
tries=0
read -r go_from _ </proc/uptime
while :; do
  due $((patience * 2)) 'asking for the root image'
  code=$(curl -q -sS --connect-timeout 10 --max-time 30 -r 0-0 -o /dev/null -w '%{http_code}' "$image" 2>>"$log")
  read -r go_at _ </proc/uptime
  case $code in 200 | 206) break ;; 429) ;; 4??) go_from=-120 ;; esac
  tries=$((tries + 1))
  [ $((${go_at%%.*} - ${go_from%%.*})) -lt 120 ] || stop "the root image $image cannot be fetched (status $code)"
  [ "$tries" != 1 ] || labctl_say "the root image does not come (status $code); trying again for two minutes"
  sleep 3
done
[ -s "$answer/bootstrap.json" ] && [ -s "$LABCTL/machine.key" ] || stop 'bootstrap.json or the key of this machine is missing'

waited=$tries
# The bastion must have heard it before the first write: it never gives this plan again.
tries=0
until labctl_progress disks && case $LABCTL_STATUS in 2??) ;; *) false ;; esac; do
  case $LABCTL_STATUS in 429) ;; 4??) stop "the bastion takes the order back ($LABCTL_STATUS): $(labctl_answer_text)" ;; esac
  tries=$((tries + 1))
  due $((patience * 2)) 'telling the bastion'
  [ "$tries" -lt 60 ] || stop 'the bastion could not be told that the disks are about to be written'
  sleep 5
done
# After a wait, what was checked before may not be so any more.
if [ "$((waited + tries))" != 0 ]; then
  check_disks
fi

# ---- Disks. From here on it writes.

stage='preparing the disks'

# --wipe named it: every signature goes, the innermost first, so that no group or array rises from old blocks.
wipe_disk() {
  for node in "/sys/class/block/$disk_name/$disk_name"*; do
    [ -e "$node/partition" ] || continue
    run 60 "wiping ${node##*/}" wipefs -a -q -f "/dev/${node##*/}"
  done
  run 60 "wiping $disk_as" wipefs -a -q -f "$disk"
  run 60 "wiping the partition table of $disk_as" sgdisk --zap-all "$disk"
}

find_disk 'ata-QEMU_HARDDISK_SER-nvme0n1' 'SER-nvme0n1' '68719476736' '4096'
run 60 "partitioning $disk_as" sgdisk --clear --set-alignment=1 --disk-guid='56a34031-be65-87af-aa3c-3af958f41767' \
  --new='1:256:16776959' --typecode='1:e6d6d379-f507-44c2-a23c-238f2a3df928' --partition-guid='1:719b1dbf-9be4-8ef2-a04c-5b71bc0aa4e4' --change-name='1:labctl-data' "$disk"
run 60 "writing the partition table of $disk_as" sync "$disk"
udevadm settle --timeout=30
partition_node '1' '2048' '134213632'
d1p1=$node
run 60 'clearing old signatures' wipefs -a -q -f "$d1p1"

find_disk 'ata-QEMU_HARDDISK_SER-sda' 'SER-sda' '34359738368' '512'
run 60 "partitioning $disk_as" sgdisk --clear --set-alignment=1 --disk-guid='dace4df0-e2cd-8280-aeb4-8e7755805794' \
  --new='1:2048:4095' --typecode='1:21686148-6449-6e6f-744e-656564454649' --partition-guid='1:a0edaff5-5063-86e5-a1e6-2aff6f8c3cef' --change-name='1:labctl-bios-boot' \
  --new='2:4096:528383' --typecode='2:c12a7328-f81f-11d2-ba4b-00a0c93ec93b' --partition-guid='2:06b7266e-6f35-8362-a04a-4357517489be' --change-name='2:labctl-esp' \
  --new='3:528384:1576959' --typecode='3:0fc63daf-8483-4772-8e79-3d69d8477de4' --partition-guid='3:bda46f33-f77e-8a2d-a9a1-77e90151e105' --change-name='3:labctl-boot' \
  --new='4:1576960:67106815' --typecode='4:e6d6d379-f507-44c2-a23c-238f2a3df928' --partition-guid='4:6038da2d-40f3-8b17-a3dc-67367c04c280' --change-name='4:labctl-lvm' "$disk"
run 60 "writing the partition table of $disk_as" sync "$disk"
udevadm settle --timeout=30
partition_node '1' '2048' '2048'
p1=$node
partition_node '2' '4096' '524288'
p2=$node
partition_node '3' '528384' '1048576'
p3=$node
partition_node '4' '1576960' '65529856'
p4=$node
run 60 'clearing old signatures' wipefs -a -q -f "$p1" "$p2" "$p3" "$p4"
# The system disk is the one found last.

run 60 'making the physical volume' lvm pvcreate -y --devicesfile '' --norestorefile --uuid '8540f2-4d62-468b-f0ae-8b50-5ba7-017237' --dataalignment 1m "$p4"
groups_open="$groups_open "'vg0'
run 60 'making the volume group' lvm vgcreate -y --devicesfile '' -s '4m' 'vg0' "$p4"
run 60 'making the physical volume' lvm pvcreate -y --devicesfile '' --norestorefile --uuid 'b354d5-189e-0689-c8a2-58ec-b0c2-e39627' --dataalignment 1m "$d1p1"
groups_open="$groups_open "'bulk'
run 60 'making the volume group' lvm vgcreate -y --devicesfile '' -s '4m' 'bulk' "$d1p1"
run 60 'making the volume root' lvm lvcreate -y --devicesfile '' -Wy -Zy -l '1024' -n 'root' --addtag 'labctl.019a0000-0000-7000-8000-000000000001._' 'vg0'
run 60 'making the volume swap' lvm lvcreate -y --devicesfile '' -Wy -Zy -l '256' -n 'swap' --addtag 'labctl.019a0000-0000-7000-8000-000000000001.swap' 'vg0'
run 60 'making the volume srv' lvm lvcreate -y --devicesfile '' -Wy -Zy -l '16383' -n 'srv' --addtag 'labctl.019a0000-0000-7000-8000-000000000001._srv' 'bulk'
udevadm settle --timeout=30

run 120 'making the file system of the ESP' mkfs.vfat -F 32 -i 'E241E442' -n LABCTL-ESP "$p2"
run 300 'making the ext4 of /boot' mkfs.ext4 '-q' '-F' '-m' '1' '-O' '^metadata_csum_seed,^orphan_file' '-E' 'lazy_itable_init=1,lazy_journal_init=1,nodiscard' -U '3cca5658-eef9-800c-a5cc-2a7e3965697c' "$p3"
run 300 'making the ext4 of /' mkfs.ext4 '-q' '-F' '-m' '1' '-O' '^metadata_csum_seed,^orphan_file' '-E' 'lazy_itable_init=1,lazy_journal_init=1,nodiscard' -U 'a7cba509-855a-8a9a-a4a4-30135accb3c9' '/dev/vg0/root'
run 120 'making the swap of swap' mkswap -U 'f5f2f364-a68b-86b3-a116-0951ac9653c1' '/dev/vg0/swap'
run 300 'making the xfs of /srv' mkfs.xfs -q -f -K -m 'uuid=c49b166f-2528-87a9-a440-48db8d073dea' '/dev/bulk/srv'
# Their file systems are made, and nothing is in them yet.
run 120 'marking the volumes as ready' lvm lvchange --devicesfile '' --addtag labctl.ready 'vg0/root' 'vg0/swap' 'bulk/srv'

mkdir -p "$target"
mkdir -p "$target"'/'
run 60 'mounting /' mount -t 'ext4' -o 'noatime,nobarrier,noinit_itable,data=writeback' '/dev/vg0/root' "$target"'/'
mkdir -p "$target"'/boot'
run 60 'mounting /boot' mount -t 'ext4' -o 'noatime,nobarrier,noinit_itable,data=writeback' "$p3" "$target"'/boot'
mkdir -p "$target"'/srv'
run 60 'mounting /srv' mount -t 'xfs' -o 'noatime' '/dev/bulk/srv' "$target"'/srv'
mkdir -p "$target"'/boot/efi'
run 60 'mounting /boot/efi' mount -t 'vfat' -o 'noatime,umask=0077' "$p2" "$target"'/boot/efi'

# ---- The root image: fetched whole, then summed up and unpacked at once. No pipes: under emulation they cost more than everything else together.

stage='writing the new system'
# Where it lies meanwhile: in memory if there is plenty, else on the new root.
store=$target/.labctl-image
while read -r key kib _; do
  if [ "$key" = MemAvailable: ] && [ "$kib" -gt $((578127360 / 1024 + 655360)) ]; then store=/labctl-image; fi
done </proc/meminfo
rm -rf "$store"
mkdir -m 0700 "$store" || stop 'the folder for the image could not be made'
if [ "$store" = /labctl-image ]; then run 30 'mounting memory for the image' mount -t tmpfs -o size=95% image "$store"; fi

# tell PERCENT: to the bastion now and then.
told_percent=0
tell() {
  if [ "$1" -ge $((told_percent + 20)) ] && [ "$1" -lt 100 ]; then told_percent=$1; progress image "$1"; fi
}

# now: sets $now, in whole seconds since the kernel started.
now() {
  read -r now _ </proc/uptime
  now=${now%%.*}
}

# A lost connection goes on where it stopped, also over a restart of the bastion; five minutes ($patience) in which less than 4 MiB come end it.
progress image 0
have=0 mark=0
now
marked=$now
while [ "$have" -lt '578127360' ]; do
  curl -q -sS -f --connect-timeout 10 --speed-limit 1024 --speed-time 30 -C "$have" -o "$store/image" "$image" >/dev/null 2>"$LABCTL_RUN/fetch.err" &
  children=$!
  ticks=0
  while kill -0 "$children" 2>/dev/null; do
    sleep 0.5
    ticks=$((ticks + 1))
    [ $((ticks % 4)) = 0 ] || continue
    due $((patience * 2)) 'fetching the root image'
    have=$(stat -c %s "$store/image" 2>/dev/null || echo 0)
    tell $((have / (578127360 / 60 + 1)))
    now
    if [ "$have" -ge $((mark + 4194304)) ]; then mark=$have marked=$now; fi
    if [ $((now - marked)) -ge "$patience" ]; then kill -9 "$children"; break; fi
  done
  wait "$children"
  code=$?
  children=
  have=$(stat -c %s "$store/image" 2>/dev/null || echo 0)
  [ "$code" != 23 ] || stop "there is no room for the root image: $(tail -n 1 "$LABCTL_RUN/fetch.err")"
  [ "$code" != 0 ] || [ "$have" = '578127360' ] || stop "the bastion sent a root image of $have bytes, 578127360 were ordered"
  [ "$code" != 0 ] || continue
  why=$(tail -n 1 "$LABCTL_RUN/fetch.err")
  now
  [ $((now - marked)) -lt "$patience" ] || stop "the root image comes too slowly: $((have - mark)) bytes in $((now - marked)) s, at $have of 578127360${why:+: $why}$(hanging)"
  labctl_say "image interrupted at byte $have ($(labctl_plain "$why"))"
  sleep 5
done

# The sum is taken while the image is unpacked; nothing of it runs before both are done.
sha256sum <"$store/image" >"$LABCTL_RUN/sha256" &
sum_pid=$!
children=$sum_pid
sum_ok() {
  attend "$sum_pid" 'summing up the root image'
  sum=none
  { read -r sum _ <"$LABCTL_RUN/sha256"; } 2>/dev/null
  [ "$sum" = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' ] || stop "the root image received is not the one that was ordered: its SHA-256 is $sum, wanted is aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
}
# no_room FILE: where a program says in it that there is no space, that is the reason, with the volumes that are full.
no_room() {
  grep -q 'No space left on device' "$1" || return 0
  full=
  timeout -k 5 30 df -Pk >"$LABCTL_RUN/df" 2>>"$log"
  while read -r _ kib _ free _ place; do
    case $place in "$target") place=/ ;; "$target"/*) place=${place#"$target"} ;; *) continue ;; esac
    [ "$free" -ge 4096 ] || full="$full $place ($((kib / 1024)) MiB)"
  done <"$LABCTL_RUN/df"
  stop "there is no room for the root image: full is${full:- a volume}; make it larger in the layout, or order a smaller image"
}

archive=$store/image
tell_unpacked() {
  { read -r _ unpacked <"/proc/$tar_pid/io"; } 2>/dev/null || return 0
  tell $((60 + unpacked / (578127360 / 40 + 1)))
}
tar -x -p -C "$target" --numeric-owner --xattrs --xattrs-include='*' --warning=no-timestamp --exclude='./dev/*' -b 2048 -f "$archive" >"$LABCTL_RUN/tar.out" 2>&1 &
tar_pid=$!
attend "$tar_pid" 'unpacking the root image' tell_unpacked
code=$?
cat "$LABCTL_RUN/tar.out" >>"$log"
sum_ok
children=
[ "$code" = 0 ] || no_room "$LABCTL_RUN/tar.out"
[ "$code" = 0 ] || stop "the root image could not be unpacked: $(tail -n 2 "$LABCTL_RUN/tar.out" | tr '\n' ' ')"
if [ "$store" = /labctl-image ]; then run 30 'giving the memory back' umount "$store"; fi
rm -rf "$store"

# ---- Configuration.

progress configure
stage='setting up the new system'

write /etc/fstab <<'END'
# Written by the installer of labctl.
/dev/mapper/vg0-root / ext4 defaults,x-systemd.device-timeout=300 0 1
PARTUUID=bda46f33-f77e-8a2d-a9a1-77e90151e105 /boot ext4 defaults,x-systemd.device-timeout=300 0 2
/dev/mapper/bulk-srv /srv xfs defaults,x-systemd.device-timeout=300 0 0
PARTUUID=06b7266e-6f35-8362-a04a-4357517489be /boot/efi vfat umask=0077,nofail 0 2
/dev/mapper/vg0-swap none swap sw 0 0
END
write /etc/hostname <<'END'
worker-1
END
write /etc/hosts <<'END'
127.0.0.1 localhost
127.0.1.1 worker-1
::1 localhost ip6-localhost ip6-loopback
END
tr -d - </proc/sys/kernel/random/uuid | write /etc/machine-id 0444 || exit 1
ln -snf '/usr/share/zoneinfo/Etc/UTC' "$target/etc/localtime"
write /etc/timezone <<'END'
Etc/UTC
END
mkdir -p "$target/root/.ssh"
chmod 0700 "$target/root/.ssh"
printf '%s\n' 'ssh-ed25519 AAAA operator' | write /root/.ssh/authorized_keys 0600 || exit 1
write /etc/ssh/sshd_config.d/10-labctl.conf <<'END'
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
END
mkdir -p "$target/etc/labctl"
chmod 0700 "$target/etc/labctl"
write /etc/labctl/bootstrap.json 0600 <"$answer/bootstrap.json"
write /etc/labctl/machine.key 0600 <"$LABCTL/machine.key"

printf '%s\n' 'vg0' 'bulk' | write /etc/labctl/groups 0600 || exit 1

# ---- Host keys and boot loader, from inside the new system.

for folder in dev proc sys; do run 30 "mounting /$folder in the new system" mount --bind "/$folder" "$target/$folder"; done
run 30 'mounting /run in the new system' mount -t tmpfs -o mode=0755 run "$target/run"
rm -f "$target"/etc/ssh/ssh_host_*_key "$target"/etc/ssh/ssh_host_*_key.pub
for type in ed25519 ecdsa; do
  run 120 "making the $type host key" chroot "$target" ssh-keygen -q -t "$type" -N '' -C 'root@worker-1' -f "/etc/ssh/ssh_host_${type}_key"
done

kernel='6.12.1-amd64'
for file in "vmlinuz-$kernel" "initrd.img-$kernel"; do [ -s "$target/boot/$file" ] || stop "the root image has no /boot/$file"; done
mkdir -p "$target/boot/grub" "$target/etc/default/grub.d"
write /etc/default/grub.d/labctl.cfg <<'END'
GRUB_TIMEOUT=2
GRUB_DISABLE_OS_PROBER=true
GRUB_TERMINAL='console serial'
GRUB_SERIAL_COMMAND='serial --unit=0 --speed=115200'
GRUB_CMDLINE_LINUX='console=tty0 console=ttyS0,115200n8'
GRUB_CMDLINE_LINUX_DEFAULT=
END
# Static: the next kernel's package runs update-grub, which writes it anew from the file above.
write /boot/grub/grub.cfg 0600 <<END
set timeout=2
set default=0
serial --unit=0 --speed=115200
terminal_input serial console
terminal_output serial console
insmod part_gpt
insmod ext2
search --no-floppy --fs-uuid --set=root 3cca5658-eef9-800c-a5cc-2a7e3965697c
menuentry 'worker-1 (debian-13)' {
  linux /vmlinuz-$kernel root=/dev/mapper/vg0-root ro console=tty0 console=ttyS0,115200n8 
  initrd /initrd.img-$kernel
}
END
run 180 'installing the boot loader' chroot "$target" grub-install --target=x86_64-efi --efi-directory=/boot/efi --bootloader-id=labctl --no-nvram --recheck
run 180 'installing the boot loader to the removable path' chroot "$target" grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram

# ---- The settings of this machine: bastion.yaml and labctl provision set.

printf '%s' '# Written by the installer of labctl.
[Match]
PermanentMACAddress=52:54:00:12:34:56
Kind=!*

[Network]
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
' | write '/etc/systemd/network/10-labctl.network' '0644' || exit 1

# Only from here on may the new system tell that it was installed.
{ printf "LABCTL_ORDER='%s'\nLABCTL_ATTEMPT='%s'\n" '019a0000-0000-7000-8000-000000000002' '1'; printf "LABCTL_URL='%s'\nLABCTL_PIN='%s'\n" "$LABCTL_URL" "$LABCTL_PIN"; } | write /etc/labctl/install.env 0600 || exit 1

# ---- How it boots: the firmware's own list of boot entries, or what a BIOS reads from the disk.

boot_disk=$(readlink -f '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sda')
variables=${LABCTL_EFIVARS:-/sys/firmware/efi/efivars}
global=8be4df61-93ca-11d2-aa0d-00e098032b8c

# list_entries: a line per boot entry: NUMBER|KIND|PARTUUID|PARTITION|LOADER|LABEL, read as UEFI 2.10 3.1.3 and 10.3 lay them out.
# From the variables, not from efibootmgr's lines, which the label of another system's entry could imitate.
list_entries() {
  for variable in "$variables"/Boot[0-9A-F][0-9A-F][0-9A-F][0-9A-F]-"$global"; do
    [ -e "$variable" ] || continue
    variable_number=${variable##*/Boot}
    echo "entry ${variable_number%%-*}"
    timeout -k 5 10 od -An -v -tx1 "$variable" 2>>"$log"
  done | awk '
    function value(at, bytes) { sum = 0; for (i = bytes - 1; i >= 0; i--) sum = sum * 256 + number[b[at + i]]; return sum }
    function plain(at) { return b[at + 1] == "00" && b[at] in letter ? letter[b[at]] : "?" }
    function hex(at, bytes) { text = ""; for (i = 0; i < bytes; i++) text = text b[at + i]; return text }
    function swapped(at, bytes) { text = ""; for (i = bytes - 1; i >= 0; i--) text = text b[at + i]; return text }
    function told() {
      if (n < 12) return
      label = ""; loader = ""; kind = "other"; uuid = "-"; partition = "-"
      for (at = 10; at + 1 < n && b[at] b[at + 1] != "0000"; at += 2) label = label plain(at)
      at += 2; end = at + value(8, 2); if (end > n) end = n
      while (at + 4 <= end && b[at] != "7f" && value(at + 2, 2) >= 4) {
        node = b[at] b[at + 1]; length_of_node = value(at + 2, 2)
        if (node == "0401" && length_of_node >= 42 && b[at + 40] b[at + 41] == "0202") {
          partition = value(at + 4, 4)
          uuid = swapped(at + 24, 4) "-" swapped(at + 28, 2) "-" swapped(at + 30, 2) "-" hex(at + 32, 2) "-" hex(at + 34, 6)
        }
        if (node == "0404") for (c = at + 4; c + 1 < at + length_of_node && c + 1 < n && b[c] b[c + 1] != "0000"; c += 2) loader = loader plain(c)
        if (node == "030b" || node == "030c" || node == "030d" || node == "0318") kind = "network"
        at += length_of_node
      }
      print id "|" kind "|" uuid "|" partition "|" loader "|" label
    }
    BEGIN { for (i = 0; i < 256; i++) { h = sprintf("%02x", i); number[h] = i; if (i >= 32 && i < 127 && i != 124) letter[h] = sprintf("%c", i) } }
    $1 == "entry" { told(); id = $2; n = 0; next }
    { for (f = 1; f <= NF; f++) b[n++] = $f }
    END { told() }'
}

# The numbers of the boot order, in a line.
list_order() {
  [ -e "$variables/BootOrder-$global" ] || return 0
  timeout -k 5 10 od -An -v -tx2 "$variables/BootOrder-$global" 2>>"$log" | awk '{ for (f = 1; f <= NF; f++) if (++n > 2) printf "%s ", toupper($f) }'
}

# firmware WHAT COMMAND...: what a firmware does not take is told, and no reason to fail: the removable path boots all the same.
firmware() {
  firmware_what=$1
  due $((patience * 2)) "$1"
  shift
  timeout -k 5 60 "$@" >"$LABCTL_RUN/run.out" 2>&1 </dev/null && { cat "$LABCTL_RUN/run.out" >>"$log"; return 0; }
  firmware_code=$?
  cat "$LABCTL_RUN/run.out" >>"$log"
  firmware_refused="$firmware_what: $1 ended with $firmware_code $(grep -v '^$' "$LABCTL_RUN/run.out" | tail -n 1)"
  return 1
}

# The order wanted: ours, then the rest; each part as it was.
wanted_order() {
  first='' rest=''
  for number in $(list_order); do
    [ "$number" != "$own" ] || continue
    kind=$(awk -F '|' -v number="$number" '$1 == number { print $2; exit }' "$LABCTL_RUN/boot-entries")
    if false; then first="$first,$number"; else rest="$rest,$number"; fi
  done
  wanted=$first,$own$rest
  wanted=${wanted#,}
}

# What the firmware's order is now, for people: the first six, each with its label.
describe_order() {
  described='' count=0
  for number in $(list_order); do
    count=$((count + 1))
    [ "$count" -le 6 ] || { described="$described, ..."; break; }
    described="$described, $number $(awk -F '|' -v number="$number" '$1 == number { print $6; exit }' "$LABCTL_RUN/boot-entries")"
  done
  described=${described#, }
}

# set_boot_order: ours, $own, gets its place; what the firmware makes of it is told.
set_boot_order() {
  wanted_order
  if [ "$(list_order | tr -s ' ' , | sed 's/,$//')" != "$wanted" ]; then firmware 'setting the boot order' efibootmgr -q -o "$wanted"; fi
  describe_order
  if [ "$(list_order | tr -s ' ' , | sed 's/,$//')" = "$wanted" ]; then
    progress configure '' "boot order: $described${firmware_refused:+ ($firmware_refused)}"
  else
    progress configure '' "boot order: the firmware keeps its own: ${described:-none}; wanted was $wanted${firmware_refused:+ ($firmware_refused)}"
  fi
}
# Ours is what has our label and starts our loader: on our ESP, or on a partition that no disk of this machine has any more.
sort_out_entries() {
  partitions=$(timeout -k 5 30 lsblk -nro PARTUUID 2>>"$log" | tr '\n' ' ') || partitions=
  list_entries >"$LABCTL_RUN/boot-entries"
  own=
  while IFS='|' read -r number _ uuid partition at_loader label; do
    [ "$label" = labctl ] || continue
    case $at_loader in '\EFI\labctl\'*) ;; *) continue ;; esac
    if [ "$uuid" = '06b7266e-6f35-8362-a04a-4357517489be' ]; then
      if [ "$partition $at_loader" = '2'" $loader" ] && [ -z "$own" ]; then own=$number; continue; fi
    else
      # A list that lacks our own ESP tells nothing about what is gone.
      case " $partitions " in *" "'06b7266e-6f35-8362-a04a-4357517489be'" "*) ;; *) continue ;; esac
      case " $partitions " in *" $uuid "*) continue ;; esac
    fi
    firmware "removing the boot entry $number" efibootmgr -q -b "$number" -B
  done <"$LABCTL_RUN/boot-entries"
}

# find_entry: sets $own to the entry that starts this system.
find_entry() {
  list_entries >"$LABCTL_RUN/boot-entries"
  own=$(awk -F '|' -v uuid='06b7266e-6f35-8362-a04a-4357517489be' '$6 == "labctl" && $3 == uuid { print $1; exit }' "$LABCTL_RUN/boot-entries")
}

boot_entry() {
  loader='\EFI\labctl\grubx64.efi'
  if [ -e "$target/boot/efi/EFI/labctl/shimx64.efi" ]; then loader='\EFI\labctl\shimx64.efi'; fi
  firmware_refused=
  set -- "$variables"/Boot*-"$global"
  if [ ! -e "$1" ]; then
    progress configure '' 'boot order: this firmware shows no variables, so nothing was set; the machine boots by the removable path of its ESP'
    return
  fi
  sort_out_entries
  if [ -z "$own" ]; then
    firmware 'making the boot entry' efibootmgr -q -C -d "$boot_disk" -p '2' -L labctl -l "$loader"
    find_entry
  else
    list_entries >"$LABCTL_RUN/boot-entries"
  fi
  if [ -z "$own" ]; then
    progress configure '' "boot order: the firmware took no boot entry (${firmware_refused:-it is not there after it was made}); the machine boots by the removable path of its ESP"
    return
  fi
  set_boot_order
}
boot_entry

# ---- What ends every installation, whoever wrote the system.

# prove_kept: what was kept is as it was, and the proof of it lies beside the report.
prove_kept() {
  : >"$LABCTL_RUN/proof"
}

# From here on the new system can start, and what is in the groups is somebody's.
mark_installed() {
  run 60 'marking the volume group bulk' lvm vgchange --devicesfile '' --addtag labctl.installed 'bulk'
  run 60 'marking the volume group vg0' lvm vgchange --devicesfile '' --addtag labctl.installed 'vg0'
}

# The clock is the bastion's since this boot began: so the new system begins with the right one, even where it reaches no time server.
set_hardware_clock() {
  [ -e /sys/class/rtc/rtc0 ] || return 0
  timeout -k 5 30 hwclock --systohc --utc --noadjfile >>"$log" 2>&1 || labctl_say 'the clock of the hardware could not be set'
}

# What the machine is now, looked at as at the beginning, with the proof beside it. The bastion may be away for a while, but it is no reason not to start.
tell_installed() {
  due $((patience * 4)) 'looking at what is there now'
  udevadm settle --timeout=30
  (
    set +u
    interface=
    . "$LABCTL/collect.sh"
    collect_facts
    cp "$LABCTL_RUN/proof" "$report/proof"
    cd "$report" && tar -cf "$LABCTL_RUN/installed.tar" -- *
  ) || return 0
  read -r told_from _ </proc/uptime
  while read -r told_at _ </proc/uptime && [ $((${told_at%%.*} - ${told_from%%.*})) -lt 120 ]; do
    LABCTL_MAX_SECONDS=60 labctl_curl /api/boot/installed -H 'Content-Type: application/x-tar' --data-binary "@$LABCTL_RUN/installed.tar"
    case $LABCTL_STATUS in
      2??) return 0 ;;
      429) ;;
      4??) break ;;
    esac
    sleep 5
  done
  labctl_say "the bastion does not take the report of what is there now ($LABCTL_STATUS): $(labctl_answer_text)"
}

# ---- The end: everything on the disk, then the proof, then the reboot.

stage='finishing'
cd /
# By file system: only so is an error of earlier writes told (syncfs(2)).
sync -f "$target"'/' "$target"'/boot' "$target"'/srv' "$target"'/boot/efi' >"$LABCTL_RUN/run.out" 2>&1 &
attend $! 'writing everything to the disk' || stop "not everything could be written to the disk: $(tail -n 1 "$LABCTL_RUN/run.out")"
children=
for folder in run sys proc dev; do run 60 "unmounting /$folder" umount -R "$target/$folder"; done
run 600 'unmounting the new system' umount -R "$target"
run 120 'making sure that everything is on the disk' sync '/dev/vg0/root' "$p3" '/dev/bulk/srv' "$p2"
run 60 'closing the volume group' lvm vgchange --devicesfile '' -an 'vg0'
run 60 'closing the volume group' lvm vgchange --devicesfile '' -an 'bulk'
groups_open=
probe "$p3"
[ "$probed_uuid" = '3cca5658-eef9-800c-a5cc-2a7e3965697c' ] || stop "/boot does not read back: its UUID is ${probed_uuid:-none}"
prove_kept
# The file systems were mounted without barriers: only this empties the disks' own caches (fsync(2) of a block device).
flush_disks() {
  run 120 'flushing the disk' sync "$(readlink -f '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-nvme0n1')"
  run 120 'flushing the disk' sync "$(readlink -f '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sda')"
}
flush_disks
mark_installed
flush_disks
set_hardware_clock
run 60 'forgetting what was read of the disk' blockdev --flushbufs "$(readlink -f '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-nvme0n1')"
run 60 'forgetting what was read of the disk' blockdev --flushbufs "$(readlink -f '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sda')"
tell_installed
trap '' EXIT
labctl_progress reboot
reboot -f -n
sleep 60
labctl_fail 'the machine did not reboot'
