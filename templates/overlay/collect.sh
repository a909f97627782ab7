# What this machine is, as raw files in $LABCTL_RUN/report, for the bastion to parse. Few processes, all at once, each with
# a limit: a disk that does not answer holds up its own file only. Nothing is activated, nothing is written to a disk.
# shellcheck shell=sh disable=SC2154

collect_facts() {
  report=$LABCTL_RUN/report
  rm -rf "$report" "$LABCTL_RUN/done"
  mkdir -p "$report/dmi" "$report/signatures" "$LABCTL_RUN/done"
  awaited=''
  gather lsblk.json lsblk --json --bytes -O
  gather lvm collect_lvm
  gather by-id ls -l /dev/disk/by-id
  gather ip.json ip -json link show
  gather files collect_files
  [ ! -d /sys/firmware/efi ] || gather efibootmgr efibootmgr
  disks=0
  for disk in /sys/block/*; do
    name=${disk##*/}
    case $name in loop* | ram* | sr* | fd* | zram* | dm-* | md* | mmcblk*boot* | mmcblk*rpmb) continue ;; esac
    { read -r sectors <"$disk/size"; } 2>/dev/null
    [ "${sectors:-0}" = 0 ] && continue
    disks=$((disks + 1))
    set -- "/dev/$name"
    for partition in "$disk/$name"*; do [ -e "$partition/partition" ] && set -- "$@" "/dev/${partition##*/}"; done
    gather "signatures/$name" wipefs --json --no-act "$@"
  done
  collect_builtin
  await 60
  # lsblk asks a disk itself when udev could not; then what the kernel knows has to do, and the disk counts as unreadable.
  if ! grep -q '^lsblk.json 0 ' "$report/exits"; then
    awaited=''
    gather lsblk-plain.json lsblk --json --bytes -o NAME,KNAME,TYPE,SIZE,MODEL,VENDOR,SERIAL,WWN,ROTA,RM,RO,LOG-SEC,PHY-SEC,TRAN,PARTN,START
    await 20
  fi
  if grep -q linux_raid_member "$report"/lsblk.json "$report"/signatures/* 2>/dev/null; then
    awaited=''
    set --
    for device in /sys/class/block/*; do
      case ${device##*/} in loop* | ram* | sr* | fd* | zram* | dm-* | md*) ;; *) set -- "$@" "/dev/${device##*/}" ;; esac
    done
    gather mdadm mdadm --examine "$@"
    await 30
  fi
  volumes=$(grep -c '^LV=' "$report/lv-signatures" 2>/dev/null)
  labctl_say "$(counted "$disks" disk), $(counted "${volumes:-0}" volume) found"
}

counted() {
  if [ "$1" = 1 ]; then echo "1 $2"; else echo "$1 $2s"; fi
}

# gather FILE COMMAND...: runs it beside the others; what it prints becomes that file of the report.
gather() {
  gathered=$(printf %s "$1" | tr / +)
  awaited="$awaited $gathered"
  target=$report/$1
  shift
  (
    read -r from _ </proc/uptime
    "$@" >"$target" 2>"$target.err" </dev/null
    result=$?
    [ -s "$target.err" ] || rm -f "$target.err"
    read -r to _ </proc/uptime
    echo "$result $from $to" >"$LABCTL_RUN/done/$gathered"
  ) &
}

# await SECONDS: for all that was gathered. The exits file tells the bastion which ended, how, and when, and which did not.
await() {
  turns=$(($1 * 5))
  while :; do
    late=''
    for name in $awaited; do [ -s "$LABCTL_RUN/done/$name" ] || late="$late $name"; done
    [ -z "$late" ] && break
    turns=$((turns - 1))
    if [ "$turns" -lt 0 ]; then labctl_say "going on without what does not answer:$late"; break; fi
    sleep 0.2
  done
  for name in $awaited; do
    if [ -s "$LABCTL_RUN/done/$name" ]; then read -r how <"$LABCTL_RUN/done/$name"; else how=late; fi
    echo "$name $how"
  done >>"$report/exits"
}

# LVM's metadata as text, then the first bytes of each linear volume where they lie on the disk: PE start + first extent.
collect_lvm() {
  config='global{event_activation=0 use_lvmpolld=0} activation{auto_activation_volume_list=[] monitoring=0} devices{scan_lvs=0 md_component_detection=1}'
  set -- --readonly --foreign --devicesfile '' --config "$config" --units b --nosuffix
  lvm fullreport "$@" --reportformat json \
    --configreport vg -o vg_name,vg_uuid,vg_extent_size,vg_size,vg_free,vg_systemid,vg_exported,vg_partial,vg_tags,vg_missing_pv_count \
    --configreport pv -o pv_name,pv_uuid,vg_name,pv_size,dev_size,pv_free,pe_start,pv_missing,pv_duplicate,pv_attr,pv_tags \
    --configreport lv -o lv_name,lv_uuid,vg_name,lv_size,lv_attr,origin,pool_lv,lv_tags,lv_role,lv_layout,lv_time \
    --configreport pvseg -o pvseg_start,pvseg_size --configreport seg -o lv_uuid,segtype,seg_start,seg_size,devices \
    >"$report/lvm.json" 2>"$report/lvm.err"
  result=$?
  grep -q '"pv_name":"[^"]' "$report/lvm.json" || return "$result"
  lvm pvs "$@" --segments --noheadings --separator '|' --select 'segtype=linear && seg_start=0' \
    -o lv_uuid,lv_name,pe_start,vg_extent_size,pvseg_start,pvseg_size,pv_name 2>>"$report/lvm.err" >"$LABCTL_RUN/segments"
  while IFS='| ' read -r uuid volume pe_start extent first count device; do
    case $uuid/$volume/$device in */\[* | */ | /*) continue ;; esac
    echo "LV=$uuid"
    timeout -k 5 15 blkid -p -O $((pe_start + first * extent)) -S $((count * extent)) -s TYPE -s UUID -s LABEL -s PTTYPE -o export "$device" </dev/null
    echo "RC=$?"
  done <"$LABCTL_RUN/segments" >"$report/lv-signatures" 2>/dev/null
  return "$result"
}

collect_files() {
  cp /proc/cpuinfo /proc/meminfo /proc/cmdline "$LABCTL_RUN/clock" "$LABCTL_RUN/rtc" "$LABCTL_RUN/public-key.pem" "$report/"
  uname -m >"$report/uname"
  if [ -d /sys/class/dmi/id ]; then dmi=/sys/class/dmi/id; else dmi=/labctl/dmi; fi
  set --
  for file in sys_vendor product_name product_version product_serial product_uuid product_sku board_vendor board_name board_serial \
    board_asset_tag chassis_vendor chassis_serial chassis_asset_tag bios_vendor bios_version bios_date; do
    [ -r "$dmi/$file" ] && set -- "$@" "$dmi/$file"
  done
  [ $# = 0 ] || cp "$@" "$report/dmi/"
  if [ -r /sys/firmware/dmi/tables/DMI ]; then cp /sys/firmware/dmi/tables/DMI "$report/dmi-table"; fi
}

# What costs no process: firmware kind, network interfaces (name, MAC, driver, link, Mbit/s), TPM, BMC.
collect_builtin() {
  if [ -d /sys/firmware/efi ]; then echo uefi; else echo bios; fi >"$report/firmware"
  for folder in /sys/class/net/*; do
    [ -e "$folder/device" ] || [ "${folder##*/}" = "$interface" ] || continue
    mac='' driver='' carrier='' speed=''
    read -r mac <"$folder/address"
    while IFS='=' read -r key value; do [ "$key" = DRIVER ] && driver=$value; done <"$folder/device/uevent"
    read -r carrier <"$folder/carrier"
    read -r speed <"$folder/speed"
    echo "${folder##*/}|$mac|$driver|$carrier|$speed"
  done >"$report/nics" 2>/dev/null
  { read -r tpm </sys/class/tpm/tpm0/tpm_version_major && echo "$tpm" >"$report/tpm"; } 2>/dev/null
  for device in /dev/ipmi0 /dev/ipmi/0 /dev/ipmidev/0; do [ -e "$device" ] && echo "$device" >"$report/bmc"; done
  return 0
}
