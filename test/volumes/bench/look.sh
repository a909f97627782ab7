# What is on the bench's disks, for the host to compare. Sourced.
# shellcheck shell=sh

# list_places: where everything lies, one per line: `disk SERIAL NAME BYTES`, `part SERIAL NUMBER START BYTES`,
# `segment PV-NAME PE-START EXTENT-BYTES FIRST COUNT GROUP VOLUME LV-UUID`. Nothing is activated.
list_places() {
  for disk in /sys/block/sd*; do
    [ -e "$disk" ] || continue
    name=${disk##*/}
    serial=$(tail -c +5 "$disk/device/vpd_pg80" | tr -d '\000-\037')
    read -r sectors <"$disk/size"
    echo "disk|$serial|$name|$((sectors * 512))"
    for part in "$disk/$name"*; do
      [ -e "$part/partition" ] || continue
      read -r number <"$part/partition"; read -r start <"$part/start"; read -r sectors <"$part/size"
      echo "part|$serial|$number|$((start * 512))|$((sectors * 512))|${part##*/}"
    done
  done
  lvm pvs --readonly --foreign --devicesfile '' --units b --nosuffix --segments --noheadings --separator '|' -a \
    -o pv_name,pe_start,vg_extent_size,pvseg_start,pvseg_size,vg_name,lv_name,lv_uuid 2>/dev/null | sed 's/^ */segment|/'
}
