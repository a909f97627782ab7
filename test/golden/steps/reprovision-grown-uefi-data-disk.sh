#!/bin/sh
# Reprovisions worker-1, attempt 1. Everything is checked before the first write; the first surprise ends it.
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
  if [ -n "$stage" ]; then due_reason="stopped while $stage: $2 does not come back; "'kept volumes are untouched; run labctl provision retry'; else due_reason="$2 does not come back; nothing was touched"; fi
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
  # Not there yet when the first checks fail.
  if command -v close_looks >/dev/null; then close_looks; fi
  for group in $groups_open; do timeout -k 5 60 lvm vgchange --devicesfile '' -an "$group" >>"$log" 2>&1; done
}

# stop MESSAGE: ends the attempt, and says what was done and what is left.
stop() {
  [ -n "$stage" ] || labctl_fail "$1; nothing was touched"
  labctl_fail "stopped while $stage: $1; "'kept volumes are untouched; run labctl provision retry'
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

for program in  'blkid' 'lsblk' 'sfdisk' 'wipefs' 'lvm' 'udevadm' 'blockdev' 'sync' 'mkfs.ext4' 'curl' 'tar' 'sha256sum' 'stat' 'timeout' 'chroot' 'dd' 'readlink' 'mkfs.xfs' 'mkswap' 'dumpe2fs' 'dmsetup' 'losetup' 'modprobe' 'truncate' 'cmp' 'comm' 'sort' 'cut' 'du' 'awk'; do
  command -v "$program" >/dev/null || stop "the RAM disk has no $program"
done
[ ! -e '/dev/vg0' ] || stop 'the group vg0 is in use: there is a /dev/vg0'
[ ! -e '/dev/bulk' ] || stop 'the group bulk is in use: there is a /dev/bulk'

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
expect_whole '' '' '56a34031-be65-87af-aa3c-3af958f41767'
whole_kind=$probed_kind
expect_partition '1' '2048' '134213632' 'LVM2_member' 'b354d5-189e-0689-c8a2-58ec-b0c2-e39627' '719b1dbf-9be4-8ef2-a04c-5b71bc0aa4e4'
expect_no_more
find_disk 'ata-QEMU_HARDDISK_SER-sda' 'SER-sda' '34359738368' '512'
expect_whole '' '' 'dace4df0-e2cd-8280-aeb4-8e7755805794'
whole_kind=$probed_kind
expect_partition '1' '2048' '2048' '' '' 'a0edaff5-5063-86e5-a1e6-2aff6f8c3cef'
expect_partition '2' '4096' '524288' 'vfat' 'E241-E442' '06b7266e-6f35-8362-a04a-4357517489be'
expect_partition '3' '528384' '1048576' 'ext4' '3cca5658-eef9-800c-a5cc-2a7e3965697c' 'bda46f33-f77e-8a2d-a9a1-77e90151e105'
expect_partition '4' '1576960' '65529856' 'LVM2_member' '8540f2-4d62-468b-f0ae-8b50-5ba7-017237' '6038da2d-40f3-8b17-a3dc-67367c04c280'
expect_no_more
}
check_disks


# ---- What is to be kept: the same as reported, readable, and room for what is carried over. Still nothing is written:
# file systems are looked at through views whose changes, a journal's replay say, go to memory.

old=$LABCTL_RUN/old
look=$LABCTL_RUN/look
carried=$LABCTL_RUN/carried.tar

lines() {
  for line in "$@"; do printf '%s\n' "$line"; done
}

# list FILE REPORT FIELDS [OPTIONS]: LVM's report, a sorted line for each thing, or the end: what LVM warns of was not there at the report.
list() {
  list_file=$1 list_report=$2 list_fields=$3
  shift 3
  timeout -k 5 60 lvm "$list_report" --devicesfile '' --readonly --foreign --noheadings --nosuffix --units b --separator '|' "$@" -o "$list_fields" >"$LABCTL_RUN/list" 2>"$LABCTL_RUN/list.err" ||
    stop "LVM does not tell what is there: $list_report ended with $?: $(tail -n 2 "$LABCTL_RUN/list.err" | tr '\n' ' ')"
  if grep -v -e '^File descriptor .*leaked' -e 'is using an old PV header' -e '^ *$' "$LABCTL_RUN/list.err" >"$LABCTL_RUN/list.warned"; then
    stop "LVM complains: $(head -n 3 "$LABCTL_RUN/list.warned" | tr '\n' ' ')"
  fi
  sed 's/^ *//' "$LABCTL_RUN/list" | sort >"$list_file"
}

# same WHAT EXPECTED SEEN: two sorted files with the same lines.
same() {
  cmp -s "$2" "$3" && return 0
  stop "$1 are not as reported: $(comm -23 "$2" "$3" | head -n 1 | sed 's/^..*$/& is not there any more; /')$(comm -13 "$2" "$3" | head -n 1 | sed 's/^..*$/& is there instead or as well/')"
}

only_one() {
  [ "$(cut -d '|' -f 2 "$LABCTL_RUN/groups.tagged" | grep -cFx -e "$1")" = 1 ] || stop "there is more than one volume group named $1"
}

# The groups that are used again, whole: names, sizes, tags, every PV and every volume, those of the layout and all others.
check_groups() {
  lines '82a579-e6b0-ea47-48e6-461a-b64c-d5da16|vg0|4194304|||' '4bde6b-4414-0d5b-5347-b17f-94eb-96eb88|bulk|4194304|||' | sort >"$LABCTL_RUN/groups.expected"
  lines '8540f2-4d62-468b-f0ae-8b50-5ba7-017237|82a579-e6b0-ea47-48e6-461a-b64c-d5da16||' 'b354d5-189e-0689-c8a2-58ec-b0c2-e39627|4bde6b-4414-0d5b-5347-b17f-94eb-96eb88||' | sort >"$LABCTL_RUN/pvs.expected"
  lines '82a579-e6b0-ea47-48e6-461a-b64c-d5da16|8a8300-881b-302f-d776-ea99-47d6-953503|root|4294967296|linear|labctl.019a0000-0000-7000-8000-000000000001._,labctl.ready' '82a579-e6b0-ea47-48e6-461a-b64c-d5da16|fbdcbf-d291-21df-678d-e63b-30f4-7dd931|swap|1073741824|linear|labctl.019a0000-0000-7000-8000-000000000001.swap,labctl.ready' '82a579-e6b0-ea47-48e6-461a-b64c-d5da16|AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA|some-one-s|1073741824|linear|a.b,c' '4bde6b-4414-0d5b-5347-b17f-94eb-96eb88|4a7877-ee9a-3bfe-c5bc-aa59-9f37-585ef2|srv|68715282432|linear|labctl.019a0000-0000-7000-8000-000000000001._srv,labctl.ready' | sort >"$LABCTL_RUN/lvs.expected"
  lines '82a579-e6b0-ea47-48e6-461a-b64c-d5da16' '4bde6b-4414-0d5b-5347-b17f-94eb-96eb88' >"$LABCTL_RUN/ours"
  list "$LABCTL_RUN/groups.tagged" vgs vg_uuid,vg_name,vg_extent_size,vg_exported,vg_partial,vg_systemid,vg_tags
  grep -F -f "$LABCTL_RUN/ours" "$LABCTL_RUN/groups.tagged" | cut -d '|' -f 1-6 >"$LABCTL_RUN/groups.seen"
  same 'the volume groups' "$LABCTL_RUN/groups.expected" "$LABCTL_RUN/groups.seen"
  only_one 'vg0'
  only_one 'bulk'
  list "$LABCTL_RUN/pvs" pvs pv_uuid,vg_uuid,pv_missing,pv_duplicate
  grep -F -f "$LABCTL_RUN/ours" "$LABCTL_RUN/pvs" >"$LABCTL_RUN/pvs.seen"
  same 'the physical volumes' "$LABCTL_RUN/pvs.expected" "$LABCTL_RUN/pvs.seen"
  list "$LABCTL_RUN/lvs.all" lvs vg_uuid,lv_uuid,lv_name,lv_size,lv_attr,segtype,lv_tags --segments --select 'seg_start=0'
  # A thick snapshot's own segment is linear.
  grep -F -f "$LABCTL_RUN/ours" "$LABCTL_RUN/lvs.all" | while IFS='|' read -r in_group uuid name size attributes segment tags; do
    case $attributes in [sS]*) segment=snapshot ;; esac
    printf '%s|%s|%s|%s|%s|%s\n' "$in_group" "$uuid" "$name" "$size" "$segment" "$tags"
  done | sort >"$LABCTL_RUN/lvs.seen"
  same 'the volumes' "$LABCTL_RUN/lvs.expected" "$LABCTL_RUN/lvs.seen"
}

# read_kept FILE: what is kept, as it reads now, a line each: group/name|LV UUID|type|UUID|bytes. From LVM's metadata and the bytes on the disk: nothing is activated for it.
read_kept() {
  lines 'AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA' '4a7877-ee9a-3bfe-c5bc-aa59-9f37-585ef2' >"$LABCTL_RUN/kept.uuids"
  list "$LABCTL_RUN/kept.volumes" lvs lv_uuid,vg_name,lv_name,lv_size
  list "$LABCTL_RUN/kept.segments" pvs lv_uuid,lv_name,pe_start,vg_extent_size,pvseg_start,pvseg_size,pv_name --segments --select 'segtype=linear && seg_start=0'
  # Few processes: there may be hundreds of volumes.
  awk -F '|' 'phase == 1 { kept[$1] }
    phase == 2 && !($1 in place) { place[$1] = $3 "|" $4 "|" $5 "|" $6 "|" $7 }
    phase == 3 && ($1 in kept) { print $2 "/" $3 "|" $1 "|" $4 "|" place[$1] }' \
    phase=1 "$LABCTL_RUN/kept.uuids" phase=2 "$LABCTL_RUN/kept.segments" phase=3 "$LABCTL_RUN/kept.volumes" >"$LABCTL_RUN/kept.places"
  probe_kept <"$LABCTL_RUN/kept.places" >"$LABCTL_RUN/kept.probed" &
  attend $! 'reading what is to be kept'
  children=
  sort "$LABCTL_RUN/kept.probed" >"$1"
}

probe_kept() {
  while IFS='|' read -r volume uuid size pe_start extent first count device; do
    probed_type='' probed_uuid=''
    if [ -n "$device" ]; then
      blkid -p -O $((pe_start + first * extent)) -S $((count * extent)) -s TYPE -s UUID -o export "$device" >"$LABCTL_RUN/probe" 2>>"$log" </dev/null
      while IFS='=' read -r probe_key probe_value; do
        case $probe_key in TYPE) probed_type=$probe_value ;; UUID) probed_uuid=$probe_value ;; esac
      done <"$LABCTL_RUN/probe"
    fi
    printf '%s|%s|%s|%s|%s\n' "$volume" "$uuid" "$probed_type" "$probed_uuid" "$size"
  done
}

# open_volume GROUP NAME LV-UUID: activates it, and makes sure that the name leads to that very volume. Sets $volume.
open_volume() {
  volume=/dev/$1/$2
  case " $groups_open " in *" $1 "*) ;; *) groups_open="$groups_open $1" ;; esac
  run 60 "opening $1/$2" lvm lvchange --devicesfile '' -ay -K "$1/$2"
  [ -b "$volume" ] || run 40 "waiting for $volume" udevadm settle --timeout=30
  volume_node=$(readlink -f "$volume")
  volume_uuid=
  { read -r volume_uuid <"/sys/class/block/${volume_node##*/}/dm/uuid"; } 2>/dev/null
  case $volume_uuid in
    LVM-????????????????????????????????"$(printf %s "$3" | tr -d -)") ;;
    *) stop "$volume is not the volume that was reported, but ${volume_uuid:-nothing}" ;;
  esac
}

# The volume just opened can be written.
writable() {
  [ "$(timeout -k 5 30 blockdev --getro "$volume" 2>>"$log")" = 0 ] || stop "$volume is to be written, and it is read-only: lvchange --permission rw makes it writable"
}

close_volumes() {
  for group in $groups_open; do run 60 "closing the volume group $group" lvm vgchange --devicesfile '' -an "$group"; done
  groups_open=
}

# view DEVICE FOLDER TYPE: mounts the file system there, read-only, as it is after its journal: a snapshot of the device in memory takes whatever is written. Fails with the reason in the log.
view() {
  looks=$((looks + 1))
  view_name=labctl-look-$looks
  truncate -s 1G "$LABCTL_RUN/$view_name" &&
    view_sectors=$(timeout -k 5 30 blockdev --getsz "$1") &&
    view_loop=$(timeout -k 5 30 losetup -f --show "$LABCTL_RUN/$view_name") &&
    timeout -k 5 60 dmsetup create "$view_name" --table "0 $view_sectors snapshot $1 $view_loop N 8" || return 1
  mkdir -p "$2"
  view_options=ro,nosuid,nodev,noexec
  if [ "$3" = xfs ]; then view_options=$view_options,nouuid; fi
  timeout -k 5 300 mount -t "$3" -o "$view_options" "/dev/mapper/$view_name" "$2"
} >>"$log" 2>&1

# Takes all views away again. What cannot be taken away is found when the volumes are closed.
close_looks() {
  for close_folder in "$look" "$old" "$LABCTL_RUN/store"; do
    if grep -q " ${close_folder}[/ ]" /proc/mounts; then timeout -k 5 120 umount -R "$close_folder"; fi
  done
  while [ "$looks" -gt 0 ]; do
    timeout -k 5 60 dmsetup remove --retry "labctl-look-$looks"
    for close_loop in $(timeout -k 5 30 losetup -n -O NAME -j "$LABCTL_RUN/labctl-look-$looks"); do timeout -k 5 30 losetup -d "$close_loop"; done
    rm -f "$LABCTL_RUN/labctl-look-$looks"
    looks=$((looks - 1))
  done
} >>"$log" 2>&1

# The partitions used again: sets a variable for each, $p2 and so on; $disk is the system disk in the end.
find_partitions() {
find_disk 'ata-QEMU_HARDDISK_SER-nvme0n1' 'SER-nvme0n1' '68719476736' '4096'
partition_node '1' '2048' '134213632'
d1p1=$node
find_disk 'ata-QEMU_HARDDISK_SER-sda' 'SER-sda' '34359738368' '512'
partition_node '1' '2048' '2048'
p1=$node
partition_node '2' '4096' '524288'
p2=$node
partition_node '3' '528384' '1048576'
p3=$node
partition_node '4' '1576960' '65529856'
p4=$node
}

# rehearse GROUP NAME LV-UUID TYPE UUID MOUNT: a volume to be kept opens, is what was reported, has no error noted, and mounts; the view is left open at $look.
rehearse() {
  open_volume "$1" "$2" "$3"
  probe "$volume"
  [ "$probed_type $probed_uuid" = "$4 $5" ] || stop "the volume $1/$2 of $6 holds ${probed_type:-nothing} $probed_uuid, $4 $5 is to be kept"
  if [ "$4" = ext4 ]; then
    timeout -k 5 60 dumpe2fs -h "$volume" >"$LABCTL_RUN/dumped" 2>>"$log" || stop "the file system of $6 on $1/$2 is to be kept, and dumpe2fs cannot read it"
    if grep -q '^Filesystem state:.*error' "$LABCTL_RUN/dumped"; then stop "the file system of $6 on $1/$2 is to be kept, and it has errors noted ($(sed -n 's/^Filesystem state: *//p' "$LABCTL_RUN/dumped")): check it with e2fsck first"; fi
  fi
  view "$volume" "$look" "$4" || stop "the file system of $6 on $1/$2 is to be kept, and it cannot be mounted: $(tail -n 1 "$log")"
  ls -A "$look" >/dev/null 2>>"$log" || stop "the file system of $6 on $1/$2 is to be kept, and it cannot be read"
}

# rehearse_esp PARTITION: other systems' loaders are kept with it, and ours has room.
rehearse_esp() {
  probe "$1"
  [ "$probed_type" = vfat ] || stop "the ESP holds ${probed_type:-nothing}, vfat is to be kept"
  view "$1" "$look" vfat || stop "the ESP cannot be mounted: $(tail -n 1 "$log")"
  esp_free=$(stat -f -c '%a %S' "$look") || stop 'the room on the ESP cannot be told'
  esp_ours=0
  if [ -d "$look/EFI/labctl" ]; then esp_ours=$(du -sk "$look/EFI/labctl" | cut -f 1); fi
  [ $((${esp_free% *} * ${esp_free#* } / 1024 + esp_ours)) -ge 12288 ] || stop 'there is no room for a boot loader on the ESP: 12 MiB are needed'
  close_looks
}

# plain PATH: no part of it below the old system is a symbolic link, so nothing outside is meant.
plain() {
  plain_at=$old plain_rest=${1#/}/
  while [ -n "$plain_rest" ]; do
    plain_at=$plain_at/${plain_rest%%/*} plain_rest=${plain_rest#*/}
    [ ! -L "$plain_at" ] || return 1
  done
}

# touches MOUNT: something that is to be carried over lies there, or may lie there.
touches() {
  awk -F '|' -v at="$1/" '{ if (index($1, at) == 1 || index(at, $1 "/") == 1 || ($2 == "any" && index(at, $1) == 1)) found = 1 } END { exit !found }' "$LABCTL_RUN/carry.paths"
}

# open_old GROUP NAME MOUNT: one of the volumes that will be made anew becomes part of the old system at $old. One that holds no such file system, or cannot be mounted, is left out.
open_old() {
  [ "$3" = / ] || [ "$old_root" = yes ] || return 0
  volume=/dev/$1/$2
  probe "$volume"
  old_lacks=''
  case $probed_type in
    ext4 | xfs)
      if ! plain "$3" || { [ "$3" != / ] && [ ! -d "$old$3" ]; }; then old_lacks="there is no folder $3 in the old system"
      elif view "$volume" "$old${3%/}" "$probed_type"; then old_opened="$old_opened $1/$2 "
      else old_lacks=$(tail -n 1 "$log"); fi
      ;;
    *) old_lacks="it holds ${probed_type:-nothing}" ;;
  esac
  if [ -n "$old_lacks" ]; then
    echo "labctl: $1/$2 of $3 is not looked into: $old_lacks" >>"$log"
    old_why="$1/$2 of $3: $old_lacks"
    if [ "$3" != / ] && touches "$3"; then old_missing="$old_missing $old_why;"; fi
  elif [ "$3" = / ]; then old_root=yes old_root_uuid=$probed_uuid; fi
}

# must_be_empty PATH GROUP/NAME: a folder that gets a volume of its own, in a volume that is made anew.
must_be_empty() {
  case $old_opened in
    *" $2 "*) ;;
    # An attempt that was cut short had looked already.
    *) [ -z "$underway" ] || return 0; stop "it cannot be told whether $1 is empty: $old_why" ;;
  esac
  plain "$1" || stop "$1 lies behind a symbolic link in the old system, so it cannot be told what is in it"
  [ -e "$old$1" ] || return 0
  must_hold=$(ls -A "$old$1" 2>>"$log") || stop "$1 cannot be read"
  [ -z "$must_hold" ] || stop "$1 holds something ($(printf %s "$must_hold" | head -n 3 | tr '\n' ' ')...) and would be lost with the volume that it lies in, $2: copy it away, or --accept lost-folder=$1"
}

# carry PREFIX one|any: notes for the journey what has that path, or with "any" a path that begins so, and the folders that it lies in.
carry() {
  plain "${1%/*}" || { carry_behind="$carry_behind $1"; return 0; }
  if [ "$2" = any ]; then set -- "$1" "$old$1"*; else set -- "$1" "$old$1"; fi
  # A link alone would be carried over as whole, without what it leads to.
  for carry_found in "$@"; do
    if [ "$carry_found" != "$1" ] && [ -L "$carry_found" ]; then carry_behind="$carry_behind ${carry_found#"$old"}"; return 0; fi
  done
  carry_rest=${1#/} carry_at=.
  shift
  while [ "$carry_rest" != "${carry_rest#*/}" ]; do
    carry_at=$carry_at/${carry_rest%%/*} carry_rest=${carry_rest#*/}
    [ ! -d "$old/$carry_at" ] || printf '%s\0' "$carry_at" >>"$LABCTL_RUN/carry.folders"
  done
  for carry_found in "$@"; do
    if [ -e "$carry_found" ] || [ -L "$carry_found" ]; then printf '%s\0' ".${carry_found#"$old"}" >>"$LABCTL_RUN/carry.list"; fi
  done
}

# judge_carried ARCHIVE: fails, with $carried_odd, unless it holds nothing but the paths listed, what is below them, and every folder that they lie in; no devices, no further names of a file, nothing that runs with its owner's rights.
# Whoever was root on the old system could have put anything else on a volume that is kept.
judge_carried() {
  carried_odd='it does not read'
  timeout -k 5 120 tar -tf "$1" >"$LABCTL_RUN/carried.names" 2>>"$log" && timeout -k 5 120 tar -tvf "$1" >"$LABCTL_RUN/carried.kinds" 2>>"$log" || return 1
  carried_odd=$(awk -F '|' '
    phase == 1 { path[++paths] = $1; how[paths] = $2; next }
    phase == 2 { kind[FNR] = substr($0, 1, 10); kinds = FNR; next }
    {
      names = FNR
      type = substr(kind[FNR], 1, 1)
      name = $0
      sub("/$", "", name)
      at = substr(name, 2)
      why = ""
      if (substr(name, 1, 2) != "./" || (name "/") ~ /\/\.?\.?\// || (at "/") ~ /\/\.\.?\//) why = "is no plain path"
      else if (type != "-" && type != "d" && type != "l") why = "is neither a file nor a folder nor a symbolic link"
      else if (substr(kind[FNR], 4, 1) ~ /[sS]/ || substr(kind[FNR], 7, 1) ~ /[sS]/) why = "would run with the rights of its owner or group"
      else {
        listed = 0
        for (n = 1; n <= paths; n++) {
          if (how[n] == "any" ? index(at, path[n]) == 1 : at == path[n] || index(at, path[n] "/") == 1) listed = 1
          if (type == "d" && index(path[n], at "/") == 1) listed = 1
        }
        parent = at
        sub("/[^/]*$", "", parent)
        if (!listed) why = "is not on the list"
        else if (parent != "" && !(parent in folders)) why = "comes without its folder"
        else if (at in seen && seen[at] != type) why = "is there twice"
      }
      seen[at] = type
      if (type == "d") folders[at]
      if (why != "") { print name " " why; exit }
    }
    END { if (why == "" && names != kinds) print "it does not read the same twice" }' \
    phase=1 "$LABCTL_RUN/carry.paths" phase=2 "$LABCTL_RUN/carried.kinds" phase=3 "$LABCTL_RUN/carried.names" 2>&1) && [ -z "$carried_odd" ]
}

# take_stored MOUNT: what an attempt that was cut short had put aside there, whole, by nobody but root, the very one that the group's tag names, and such as an attempt puts aside. Also which root it was taken from.
take_stored() {
  [ -n "$underway" ] && [ "$stored" = no ] || return 0
  stored_in=$look/.labctl-carry-over
  [ -d "$stored_in" ] && [ ! -L "$stored_in" ] && [ "$(stat -c '%u %a' "$stored_in")" = '0 700' ] || return 0
  [ -f "$stored_in/complete" ] && [ ! -L "$stored_in/complete" ] && [ -f "$stored_in/carried.tar" ] && [ ! -L "$stored_in/carried.tar" ] || return 0
  [ "$(stat -c %s "$stored_in/carried.tar")" -le $(((16 + 16) * 1048576)) ] || return 0
  read -r stored_sum _ stored_from _ <"$stored_in/complete"
  [ "$stored_sum" = "$underway" ] || return 0
  cp "$stored_in/carried.tar" "$LABCTL_RUN/stored.tar" 2>>"$log" || return 0
  [ "$(sha256sum <"$LABCTL_RUN/stored.tar" | cut -d ' ' -f 1)" = "$stored_sum" ] || return 0
  judge_carried "$LABCTL_RUN/stored.tar" || { labctl_say "what was put aside on $1 is not what an attempt puts aside, and is not taken: $(labctl_plain "$carried_odd")"; return 0; }
  stored=yes stored_root=$stored_from carried_folder=${1%/}/.labctl-carry-over
}

# room_on_store KIB: the store must hold it, and some more.
room_on_store() {
  store_free=$(stat -f -c '%a %S' "$look") || stop 'the room on ''/srv'' cannot be told'
  [ $((${store_free% *} * ${store_free#* } / 1024)) -gt $(($1 + 4096)) ] || stop "there is no room on "'/srv'" for what is to be carried over: $1 KiB and some more are needed"
}

# Into memory, before anything is written; put aside from there.
collect_carried() {
  due $((patience * 4)) 'collecting what is carried over'
  carry_behind=$(labctl_plain "$carry_behind")
  [ -z "$carry_behind" ] || stop "what is to be carried over lies behind a symbolic link in the old system:$carry_behind; name the place that it leads to in the configuration, or --accept lost-carry-over=all"
  [ -z "$old_missing" ] || stop "what is to be carried over may lie on a volume that cannot be looked into:$old_missing --accept lost-carry-over=all goes on without it"
  carry_kib=0
  if [ -s "$LABCTL_RUN/carry.list" ]; then
    carry_kib=$(cd "$old" && timeout -k 5 120 du -skxc --apparent-size --files0-from="$LABCTL_RUN/carry.list" 2>>"$log" | tail -n 1 | cut -f 1)
    case $carry_kib in '' | *[!0-9]*) stop 'the size of what is to be carried over cannot be told' ;; esac
  fi
  [ "$carry_kib" -le $((16 * 1024)) ] || stop "what is to be carried over has $carry_kib KiB, at most 16 MiB are allowed: shorten the list, or raise the limit, in the configuration"
  carry_memory=0
  while read -r key kib _; do if [ "$key" = MemAvailable: ]; then carry_memory=$kib; fi; done </proc/meminfo
  [ "$carry_memory" -gt $((carry_kib * 2 + 65536)) ] || stop "what is to be carried over has $carry_kib KiB, which is too much for the memory of this machine"
  timeout -k 5 300 tar -cf "$carried" -C "$old" --mode=ug-s --hard-dereference --numeric-owner --xattrs --one-file-system --null --no-recursion -T "$LABCTL_RUN/carry.folders" --recursion -T "$LABCTL_RUN/carry.list" >>"$log" 2>&1 || stop "what is to be carried over cannot be read: $(tail -n 1 "$log")"
  [ "$(stat -c %s "$carried")" -le $(((16 + 16) * 1048576)) ] || stop 'what is to be carried over is larger in an archive than is allowed: shorten the list, or raise the limit, in the configuration'
  judge_carried "$carried" || stop "what is to be carried over cannot be: $(labctl_plain "$carried_odd")"
}

modprobe -q loop
modprobe -q dm-snapshot
check_groups
lines 'vg0/some-one-s|AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA|||1073741824' 'bulk/srv|4a7877-ee9a-3bfe-c5bc-aa59-9f37-585ef2|xfs|c49b166f-2528-87a9-a440-48db8d073dea|68715282432' | sort >"$LABCTL_RUN/kept.expected"
read_kept "$LABCTL_RUN/kept.before"
same 'what is to be kept' "$LABCTL_RUN/kept.expected" "$LABCTL_RUN/kept.before"
# An attempt that was cut short left a tag with the sum of what it had put aside.
underway=$(grep -F -e '82a579-e6b0-ea47-48e6-461a-b64c-d5da16' "$LABCTL_RUN/groups.tagged" | cut -d '|' -f 7 | tr , '\n' | sed -n 's/^labctl\.underway\.//p' | head -n 1)
find_partitions
rehearse_esp "$p2"
stored=no stored_root='' carried_folder='/srv/.labctl-carry-over'
lines '/etc/ssh/ssh_host_''|''any' '/etc/rancher/node/password''|''one' >"$LABCTL_RUN/carry.paths"
rehearse 'bulk' 'srv' '4a7877-ee9a-3bfe-c5bc-aa59-9f37-585ef2' 'xfs' 'c49b166f-2528-87a9-a440-48db8d073dea' '/srv'
take_stored '/srv'
close_looks
open_volume 'vg0' 'root' '8a8300-881b-302f-d776-ea99-47d6-953503'
writable
open_volume 'vg0' 'swap' 'fbdcbf-d291-21df-678d-e63b-30f4-7dd931'
writable
old_root=no old_root_uuid=- old_opened='' old_why='' old_missing='' carry_behind=''
open_old 'vg0' 'root' '/'
must_be_empty '/var/lib/minio' 'vg0/root'
: >"$LABCTL_RUN/carry.list"
: >"$LABCTL_RUN/carry.folders"
carry_from=old
# What was put aside says which root it was taken from. If that one is still there whole, the attempt had not begun to make it anew, and it may have lived on since.
if [ "$old_root" = no ] || { [ -n "$underway" ] && [ "$stored $stored_root$old_missing" != "yes $old_root_uuid" ]; }; then
  if [ "$stored" = yes ]; then carry_from=store
  elif [ -n "$underway" ]; then stop 'an attempt that was cut short has begun to make the old system anew, and what was to be carried over was not put aside; what is lost is lost: --accept lost-carry-over=all'
  else stop "the old system cannot be read ($old_why), so nothing can be carried over from it: --accept lost-carry-over=all"; fi
fi
case $carry_from in
  old)
    carry '/etc/ssh/ssh_host_' 'any'
    carry '/etc/rancher/node/password' 'one'
    collect_carried
    ;;
  store) mv "$LABCTL_RUN/stored.tar" "$carried" ;;
  nothing)
    labctl_say 'nothing is carried over from the old system, as was accepted'
    tar -cf "$carried" -T /dev/null
    old_root_uuid=-
    ;;
esac
rm -f "$LABCTL_RUN/stored.tar"
carried_sum=$(sha256sum <"$carried" | cut -d ' ' -f 1)
tar -tf "$carried" >"$LABCTL_RUN/carried.names" 2>>"$log" || stop 'what is to be carried over does not read back'
labctl_say "$(grep -cv '/$' "$LABCTL_RUN/carried.names") files are carried over"
if [ "$carry_from" != store ]; then
  close_looks
  open_volume 'bulk' 'srv' '4a7877-ee9a-3bfe-c5bc-aa59-9f37-585ef2'
  writable
  view "$volume" "$look" 'xfs' || stop 'the volume that is to hold what is carried over cannot be mounted'
  room_on_store "$(($(stat -c %s "$carried") / 1024))"
fi
close_looks
close_volumes

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
  check_groups
fi

# ---- Disks. From here on it writes.

stage='preparing the disks'

find_partitions

# What is carried over is put aside, and read back from the disk itself, before the first destructive step. The mark that it is whole comes last.
put_aside() {
  mkdir -p "$LABCTL_RUN/store"
  run 300 'mounting the volume for what is carried over' mount -t 'xfs' -o nosuid,nodev,noexec "$volume" "$LABCTL_RUN/store"
  aside=$LABCTL_RUN/store/.labctl-carry-over
  run 120 'clearing the folder for what is carried over' rm -rf "$aside"
  mkdir -m 0700 "$aside" && (umask 077; cp "$carried" "$aside/carried.tar") || stop 'what is carried over could not be put aside'
  run 120 'writing what is carried over' sync "$aside/carried.tar" "$aside" "$LABCTL_RUN/store"
  # Past the memory that still holds it (open(2), O_DIRECT).
  aside_sum=$(timeout -k 5 120 dd if="$aside/carried.tar" bs=1M iflag=direct 2>>"$log" | sha256sum | cut -d ' ' -f 1)
  [ "$aside_sum" = "$carried_sum" ] || stop 'what was put aside does not read back from the disk'
  (umask 077; printf '%s %s %s\n' "$carried_sum" '019a0000-0000-7000-8000-000000000002' "$old_root_uuid" >"$aside/complete.new") && mv "$aside/complete.new" "$aside/complete" || stop 'what is carried over could not be marked as whole'
  run 120 'writing what is carried over' sync "$aside/complete" "$aside"
  run 120 'unmounting the volume for what is carried over' umount "$LABCTL_RUN/store"
}
stage='putting aside what is carried over'
if [ "$carry_from" != store ]; then
  if [ "$carry_from" = old ] && [ -n "$underway" ]; then run 60 'taking back the mark of an attempt that had not begun' lvm vgchange --devicesfile '' --deltag "labctl.underway.$underway" 'vg0' && underway=; fi
  open_volume 'bulk' 'srv' '4a7877-ee9a-3bfe-c5bc-aa59-9f37-585ef2'
  put_aside
fi
stage='preparing the disks'


# From here on the old system is not whole any more, and the groups say so: as late as possible, since whatever stops before leaves a system that lives on.
set -- --addtag "labctl.underway.$carried_sum" --deltag labctl.installed
if [ -n "$underway" ] && [ "$underway" != "$carried_sum" ]; then set -- "$@" --deltag "labctl.underway.$underway"; fi
run 60 'marking the volume group vg0' lvm vgchange --devicesfile '' "$@" 'vg0'
run 60 'marking the volume group bulk' lvm vgchange --devicesfile '' --deltag labctl.installed 'bulk'
# What is not marked as ready was never finished: it may be made anew by another attempt.
run 120 'unmarking the volumes to be made anew' lvm lvchange --devicesfile '' --deltag labctl.ready 'vg0/root' 'vg0/swap'
open_volume 'vg0' 'root' '8a8300-881b-302f-d776-ea99-47d6-953503'
run 60 'clearing the volume root' wipefs -a -q -f '/dev/vg0/root'
open_volume 'vg0' 'swap' 'fbdcbf-d291-21df-678d-e63b-30f4-7dd931'
run 60 'clearing the volume swap' wipefs -a -q -f '/dev/vg0/swap'
run 60 'making the volume minio' lvm lvcreate -y --devicesfile '' -Wy -Zy -l '256' -n 'minio' --addtag 'labctl.019a0000-0000-7000-8000-000000000001._var_lib_minio' 'vg0' "$p4"
udevadm settle --timeout=30

run 60 'clearing the partition 3' wipefs -a -q -f "$p3"
run 300 'making the ext4 of /boot' mkfs.ext4 '-q' '-F' '-m' '1' '-O' '^metadata_csum_seed,^orphan_file' '-E' 'lazy_itable_init=1,lazy_journal_init=1,nodiscard' -U 'f3ba1c34-0929-87b4-abc5-c7ce01e113ed' "$p3"
run 300 'making the ext4 of /' mkfs.ext4 '-q' '-F' '-m' '1' '-O' '^metadata_csum_seed,^orphan_file' '-E' 'lazy_itable_init=1,lazy_journal_init=1,nodiscard' -U '29fb25e7-ba7b-8a07-a78e-89b41e7db175' '/dev/vg0/root'
run 120 'making the swap of swap' mkswap -U 'a6a5ed6f-d437-867e-ae74-9a367f3568fd' '/dev/vg0/swap'
run 300 'making the xfs of /var/lib/minio' mkfs.xfs -q -f -K -m 'uuid=f20938a7-ec81-85f4-a2d4-6578a4e62f02' '/dev/vg0/minio'
# Their file systems are made, and nothing is in them yet.
run 120 'marking the volumes as ready' lvm lvchange --devicesfile '' --addtag labctl.ready 'vg0/root' 'vg0/swap' 'vg0/minio'

mkdir -p "$target"
mkdir -p "$target"'/'
run 60 'mounting /' mount -t 'ext4' -o 'noatime,nobarrier,noinit_itable,data=writeback' '/dev/vg0/root' "$target"'/'
mkdir -p "$target"'/boot'
run 60 'mounting /boot' mount -t 'ext4' -o 'noatime,nobarrier,noinit_itable,data=writeback' "$p3" "$target"'/boot'
mkdir -p "$target"'/boot/efi'
run 60 'mounting /boot/efi' mount -t 'vfat' -o 'noatime,umask=0077' "$p2" "$target"'/boot/efi'
mkdir -p "$target"'/var/lib/minio'
run 60 'mounting /var/lib/minio' mount -t 'xfs' -o 'noatime' '/dev/vg0/minio' "$target"'/var/lib/minio'

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
# Of what stays unmounted until the new system runs.
mkdir -p "$target"'/srv' || stop 'the folders that volumes are mounted on could not be made'

# Put back, but not through a symbolic link of the new system, which leads who knows where.
: >"$LABCTL_RUN/carried.not"
grep '/$' "$LABCTL_RUN/carried.names" | while IFS= read -r folder; do
  folder=${folder%/}
  [ ! -L "$target/$folder" ] || printf '%s\n' "$folder"
done >"$LABCTL_RUN/carried.not"
[ ! -s "$LABCTL_RUN/carried.not" ] || labctl_say "not put back, since it is a symbolic link in the new system: $(labctl_plain "$(tr '\n' ' ' <"$LABCTL_RUN/carried.not")")"
due $((patience * 4)) 'putting back what was carried over'
put_back() { timeout -k 5 300 tar "$@" -C "$target" --numeric-owner --anchored --no-wildcards --exclude-from="$LABCTL_RUN/carried.not" -f "$carried" </dev/null; }
put_back -x -p --xattrs --no-overwrite-dir >>"$log" 2>&1 || stop "what was carried over could not be put back: $(tail -n 1 "$log")"
put_back -d >"$LABCTL_RUN/compared" 2>&1
code=$?
# Folders that the image has keep its mode and owner.
grep -v -e ': Mod time differs$' -e ': Mode differs$' -e ': Uid differs$' -e ': Gid differs$' "$LABCTL_RUN/compared" >"$LABCTL_RUN/differs"
if [ "$code" -gt 1 ] || [ -s "$LABCTL_RUN/differs" ]; then stop "what was carried over is not what was put back: tar ended with $code: $(head -n 2 "$LABCTL_RUN/differs" | tr '\n' ' ')"; fi

write /etc/fstab <<'END'
# Written by the installer of labctl.
/dev/mapper/vg0-root / ext4 defaults,x-systemd.device-timeout=300 0 1
PARTUUID=bda46f33-f77e-8a2d-a9a1-77e90151e105 /boot ext4 defaults,x-systemd.device-timeout=300 0 2
/dev/mapper/bulk-srv /srv xfs defaults,x-systemd.device-timeout=300 0 0
PARTUUID=06b7266e-6f35-8362-a04a-4357517489be /boot/efi vfat umask=0077,nofail 0 2
/dev/mapper/vg0-minio /var/lib/minio xfs defaults,x-systemd.device-timeout=300 0 0
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
was_carried() {
  grep -qxF -e ".$1" "$LABCTL_RUN/carried.names"
}
was_carried /etc/machine-id && grep -qxE '[0-9a-f]{32}' "$target/etc/machine-id" ||
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
# What the first boot reads again: a line for each volume that was kept.
cut -d '|' -f 1,2,4,5 "$LABCTL_RUN/kept.before" | write /etc/labctl/kept 0600 || exit 1
printf '%s\n' "$carried_folder" | write /etc/labctl/carried 0600 || exit 1

# ---- Host keys and boot loader, from inside the new system.

for folder in dev proc sys; do run 30 "mounting /$folder in the new system" mount --bind "/$folder" "$target/$folder"; done
run 30 'mounting /run in the new system' mount -t tmpfs -o mode=0755 run "$target/run"
# Every key with the public half that belongs to it, or none at all.
host_keys_carried() {
  host_keys=0
  for key in "$target"/etc/ssh/ssh_host_*_key "$target"/etc/ssh/ssh_host_*_key.pub; do
    [ -e "$key" ] || [ -L "$key" ] || continue
    was_carried "/etc/ssh/${key##*/}" || return 1
    key=/etc/ssh/${key##*/}
    case $key in
      *_key.pub) [ -s "$target${key%.pub}" ] || return 1 ;;
      *_key)
        own=$(timeout -k 5 30 chroot "$target" ssh-keygen -y -P '' -f "$key" 2>>"$log" </dev/null) || return 1
        read -r type public _ <"$target$key.pub" || return 1
        case "$own " in "$type $public "*) host_keys=$((host_keys + 1)) ;; *) return 1 ;; esac
        ;;
    esac
  done 2>>"$log"
  [ "$host_keys" -gt 0 ]
}
if host_keys_carried; then
  labctl_say "$host_keys SSH host keys were carried over"
else
  labctl_say 'new SSH host keys are made: none were carried over that are whole'
rm -f "$target"/etc/ssh/ssh_host_*_key "$target"/etc/ssh/ssh_host_*_key.pub
for type in ed25519 ecdsa; do
  run 120 "making the $type host key" chroot "$target" ssh-keygen -q -t "$type" -N '' -C 'root@worker-1' -f "/etc/ssh/ssh_host_${type}_key"
done
fi

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
search --no-floppy --fs-uuid --set=root f3ba1c34-0929-87b4-abc5-c7ce01e113ed
menuentry 'worker-1 (debian-13)' {
  linux /vmlinuz-$kernel root=/dev/mapper/vg0-root ro console=tty0 console=ttyS0,115200n8 
  initrd /initrd.img-$kernel
}
END
# Other systems' folders on the ESP stay as they are. The removable path is ours where nothing is there, where it is what our own folder holds, and where an attempt that was cut short was replacing it.
esp=$target/boot/efi/EFI
removable_ours() {
  [ -e "$esp/BOOT/BOOTX64.EFI" ] && [ ! -e "$esp/labctl/replacing" ] || return 0
  for loader in "$esp"/BOOT/*; do
    [ ! -e "$esp/labctl/${loader##*/}" ] || cmp -s "$loader" "$esp/labctl/${loader##*/}" || return 1
  done
  for loader in "$esp"/labctl/*.efi; do
    [ ! -e "$loader" ] || ! cmp -s "$loader" "$esp/BOOT/BOOTX64.EFI" || return 0
  done
  return 1
}
removable=no
if removable_ours; then
  removable=yes
  mkdir -p "$esp/labctl" && : >"$esp/labctl/replacing" && run 60 'writing to the ESP' sync -f "$esp/labctl" || stop 'the ESP cannot be written'
  for file in "$esp"/labctl/*; do
    [ "${file##*/}" = replacing ] || rm -rf "$file" || stop 'our folder on the ESP cannot be emptied'
  done
else
  labctl_say 'the removable path of the ESP belongs to another system, and stays'
  rm -rf "$esp/labctl" || stop 'our folder on the ESP cannot be emptied'
fi
run 180 'installing the boot loader' chroot "$target" grub-install --target=x86_64-efi --efi-directory=/boot/efi --bootloader-id=labctl --no-nvram --recheck
if [ "$removable" = yes ]; then
  run 180 'installing the boot loader to the removable path' chroot "$target" grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram
  run 60 'writing to the ESP' sync -f "$esp/labctl"
  rm -f "$esp/labctl/replacing"
fi

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
  read_kept "$LABCTL_RUN/kept.after"
  cmp -s "$LABCTL_RUN/kept.before" "$LABCTL_RUN/kept.after" || labctl_fail "WHAT WAS TO BE KEPT IS NOT AS IT WAS: $(comm -23 "$LABCTL_RUN/kept.before" "$LABCTL_RUN/kept.after" | head -n 2 | tr '\n' ' ')was, $(comm -13 "$LABCTL_RUN/kept.before" "$LABCTL_RUN/kept.after" | head -n 2 | tr '\n' ' ')is there now; the machine is left as it is, do not retry before you have looked at it"
  { sed 's/^/before|/' "$LABCTL_RUN/kept.before"; sed 's/^/after|/' "$LABCTL_RUN/kept.after"; } >"$LABCTL_RUN/proof"
}

# From here on the new system can start, and what is in the groups is somebody's.
mark_installed() {
  run 60 'marking the volume group bulk' lvm vgchange --devicesfile '' --addtag labctl.installed 'bulk'
  run 60 'marking the volume group vg0' lvm vgchange --devicesfile '' --addtag labctl.installed --deltag "labctl.underway.$carried_sum" 'vg0'
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
sync -f "$target"'/' "$target"'/boot' "$target"'/boot/efi' "$target"'/var/lib/minio' >"$LABCTL_RUN/run.out" 2>&1 &
attend $! 'writing everything to the disk' || stop "not everything could be written to the disk: $(tail -n 1 "$LABCTL_RUN/run.out")"
children=
for folder in run sys proc dev; do run 60 "unmounting /$folder" umount -R "$target/$folder"; done
run 600 'unmounting the new system' umount -R "$target"
run 120 'making sure that everything is on the disk' sync '/dev/vg0/root' "$p3" "$p2" '/dev/vg0/minio'
run 60 'closing the volume group' lvm vgchange --devicesfile '' -an 'vg0'
run 60 'closing the volume group' lvm vgchange --devicesfile '' -an 'bulk'
groups_open=
probe "$p3"
[ "$probed_uuid" = 'f3ba1c34-0929-87b4-abc5-c7ce01e113ed' ] || stop "/boot does not read back: its UUID is ${probed_uuid:-none}"
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
