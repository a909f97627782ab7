#!/bin/sh
# Process 1 of the bench: the RAM disk on User-Mode Linux, with a loop in place of /labctl/start. Each line read from the
# console is the number of a script in the exchange folder; its output and exit code come back as files beside it.
# shellcheck disable=SC1091
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TERM=linux
mkdir -p /proc /sys /dev /run /tmp /root
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o mode=0755,nosuid devtmpfs /dev
mount -t tmpfs -o mode=0755,nosuid,nodev run /run
mkdir -m 0700 /run/labctl
mkdir -p /run/lab /lab/exchange /lab/images
exec </dev/ttyS0 >/dev/ttyS0 2>&1
stty -echo
read -r exchange </lab/exchange-folder
mount -t hostfs -o "hostfs=/host$exchange" none /lab/exchange || echo 'bench: the exchange folder cannot be mounted'
for module in scsi_mod sd_mod sg configfs target_core_mod target_core_file target_core_iblock tcm_loop dm-mod dm-flakey dm-snapshot dm-thin-pool raid1 dm-raid vfat nls_cp437 nls_iso8859-1 nls_ascii nls_utf8 loop; do
  modprobe -q "$module" 2>/dev/null || echo "bench: there is no module $module"
done
mount -t configfs configfs /sys/kernel/config 2>/dev/null
. /lab/prepare.sh
labctl_say() { echo "$*"; }
mkdir -p /labctl
prepare_once
mv /labctl/bin /lab/bin
ln -s /lab/bin /labctl/bin
start_udev
ip link set lo up
cp /lab/60-lab.rules /run/udev/rules.d/59-lab.rules
udevadm control --reload
echo 'bench: ready'
: >/lab/exchange/ready
while read -r number; do
  case $number in '' | *[!0-9]*) continue ;; esac
  (cd / && sh "/lab/exchange/$number.sh") >"/run/lab/$number.out" 2>&1 </dev/null
  echo $? >"/run/lab/$number.code"
  cp "/run/lab/$number.out" "/lab/exchange/$number.out"
  cp "/run/lab/$number.code" "/lab/exchange/$number.code"
  rm -f "/run/lab/$number.out" "/run/lab/$number.code"
done
echo 'bench: the console was closed'
sleep 60
