#!/bin/bash
# The dracut module that fills the RAM disk from the lists beside it; `list` gives a file's lines without comments.

list() { sed 's/#.*//; /^[[:space:]]*$/d' "$moddir/$1"; }

check() { return 255; }

depends() { return 0; }

installkernel() {
  local -a wanted
  mapfile -t wanted < <(list modules)
  hostonly='' instmods -o "${wanted[@]}"
}

install() {
  local -a programs links rules
  mapfile -t programs < <(list programs | grep -v '^busybox ')
  mapfile -t links < <(list programs | sed -n 's/^busybox //p')
  inst_multiple "${programs[@]}"
  local name applets
  applets=$(busybox --list)
  for name in "${links[@]}"; do
    grep -qxF -- "$name" <<< "$applets" || derror "dracut-install: ERROR: busybox has no $name"
    ln -sf busybox "$initdir/usr/bin/$name"
  done
  mapfile -t rules < <(list udev-rules)
  inst_rules "${rules[@]}"
  for name in "${rules[@]}"; do
    [[ -e $initdir/usr/lib/udev/rules.d/$name ]] || derror "dracut-install: ERROR: there is no udev rule $name"
  done
  inst_simple "$moddir/passwd" /etc/passwd
  inst_simple "$moddir/group" /etc/group
  inst_simple "$moddir/shells" /etc/shells
  inst_script "$moddir/init" /init
  inst_simple "$moddir/lvm.conf" /etc/lvm/lvm.conf
  mkdir -p "$initdir"/{dev,proc,sys,run,tmp,root,mnt,etc/udev}
}
