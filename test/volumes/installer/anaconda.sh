# In place of Anaconda on the bench: carries out the storage commands of machine.ks by what they mean (docs of pykickstart;
# lab.md for what --useexisting and --noformat do), with UUIDs of its own, and mounts what it made. Sourced after installer.sh.
# shellcheck shell=sh
sysimage=/mnt/sysimage

# run_anaconda KICKSTART: 0 with everything mounted at /mnt/sysimage and /mnt/sysroot.
run_anaconda() {
  lvm vgchange --devicesfile '' -ay >/dev/null 2>&1
  udevadm settle --timeout=20
  rm -rf /run/lab/anaconda && mkdir -p /run/lab/anaconda "$sysimage" /mnt/sysroot
  : >/run/lab/anaconda/mounts
  grep -E '^(clearpart|part|volgroup|logvol) ' "$1" >/run/lab/anaconda/commands
  while read -r command what options; do
    carry_out "$command" "$what" "$options" </dev/null || { echo "anaconda: $command $what $options could not be carried out"; return 1; }
  done <"/run/lab/anaconda/commands"
  sort /run/lab/anaconda/mounts | while read -r where device; do
    mkdir -p "$sysimage$where" && mount "$device" "$sysimage$where" || exit 1
  done || return 1
  mkdir -p "$sysimage/root" "$sysimage/etc/ssh" "$sysimage/var/log" "$sysimage/run"
  echo '0123456789abcdef0123456789abcdef' >"$sysimage/etc/machine-id"
  echo 'key of the new system' >"$sysimage/etc/ssh/ssh_host_ed25519_key"
  mount --rbind "$sysimage" /mnt/sysroot
}

carry_out() {
  ondisk='' onpart='' vgname='' name='' size='' fstype='' grow='' existing='' noformat='' drives=''
  for option in $3; do
    case $option in
      --ondisk=*) ondisk=${option#*=} ;; --onpart=PARTUUID=*) onpart=/dev/disk/by-partuuid/${option##*=} ;;
      --vgname=*) vgname=${option#*=} ;; --name=*) name=${option#*=} ;; --size=*) size=${option#*=} ;; --fstype=*) fstype=${option#*=} ;;
      --grow) grow=yes ;; --useexisting) existing=yes ;; --noformat) noformat=yes ;; --drives=*) drives=$(echo "${option#*=}" | tr , ' ') ;;
      pv.*) members="$members $(cat "/run/lab/anaconda/$option")" ;;
    esac
  done
  case "$1 $2" in
    'clearpart --none') ;;
    'clearpart --all') for drive in $drives; do wipefs -a -q -f "$drive" && sgdisk --zap-all "$drive" >/dev/null && sgdisk --clear "$drive" >/dev/null || return 1; done ;;
    clearpart*) return 1 ;;
    part*)
      device=$onpart
      if [ -n "$ondisk" ]; then
        if [ -n "$grow" ]; then end=0; else end=+${size}M; fi
        case $2 in biosboot) code=ef02 ;; /boot/efi) code=ef00 ;; pv.*) code=8e00 ;; *) code=8300 ;; esac
        sgdisk -n "0:0:$end" -t "0:$code" "$ondisk" >/dev/null || return 1
        udevadm settle --timeout=20
        disk_node=$(readlink -f "$ondisk")
        device=$(sfdisk -l -o Device "$disk_node" | grep "^$disk_node" | tail -n 1)
        tries=0
        until [ -b "$device" ] || [ "$tries" = 100 ]; do
          tries=$((tries + 1))
          [ "$tries" != 20 ] || blockdev --rereadpt "$disk_node"
          sleep 0.1
        done
        wipefs -a -q -f "$device"
      fi
      case $2 in
        biosboot) ;;
        pv.*) lvm pvcreate --devicesfile '' -y -q "$device" >/dev/null && echo "$device" >"/run/lab/anaconda/$2" ;;
        *) made "$2" "$device" ;;
      esac
      ;;
    volgroup*)
      members=''
      for option in $3; do case $option in pv.*) members="$members $(cat "/run/lab/anaconda/$option")" ;; esac; done
      [ -n "$existing" ] || lvm vgcreate --devicesfile '' -y -q "$2" $members >/dev/null
      ;;
    logvol*)
      if [ -z "$existing" ] && [ -z "$noformat" ]; then
        if [ -n "$grow" ]; then set -- "$@" -l 100%FREE; else set -- "$@" -L "${size}m"; fi
        lvm lvcreate --devicesfile '' -y -q -Wy -Zy "$4" "$5" -n "$name" "$vgname" >/dev/null || return 1
        udevadm settle --timeout=20
      fi
      made "$2" "/dev/$vgname/$name"
      ;;
  esac
}

# made MOUNT DEVICE: formats it unless that was forbidden, and notes where it is to be mounted.
made() {
  if [ -z "$noformat" ]; then
    wipefs -a -q -f "$2"
    case $fstype in
      efi) mkfs.vfat -F 32 "$2" >/dev/null || return 1 ;;
      ext4) mkfs.ext4 -q -F "$2" || return 1 ;;
      xfs) mkfs.xfs -q -f "$2" || return 1 ;;
      swap) mkswap "$2" >/dev/null || return 1 ;;
      *) return 1 ;;
    esac
  fi
  [ "$1" = swap ] || echo "$1 $(readlink -f "$2")" >>/run/lab/anaconda/mounts
}

# run_in_installer SCRIPT: as Anaconda runs a %post --nochroot. Prints what it said; then `ended: CODE`.
run_in_installer() {
  env -i PATH="/lab/shims:$installer/bin" "$installer/bin/bash" -c "$1" >/run/lab/post.out 2>&1 </dev/null
  code=$?
  cat /run/lab/post.out
  echo "ended: $code"
}
