#!/bin/sh
# Runs inside the root image when its packages are installed: services, and nothing of this one build that machines must not share.
set -eu
export PATH=/usr/sbin:/usr/bin LC_ALL=C
kernel=$(ls /usr/lib/modules)
printf "LABCTL_KERNEL='%s'\n" "$kernel" > /usr/lib/labctl/image.env
[ -s "/boot/vmlinuz-$kernel" ] && [ -s "/boot/initrd.img-$kernel" ] || { echo "The image has no kernel or no initrd for $kernel." >&2; exit 1; }

systemctl enable labctl-first-boot.service systemd-networkd.service systemd-resolved.service iscsid.service chrony.service ssh.service
# What listens, or wakes up by itself, without a need here; NFS 4 does without rpcbind.
for unit in rpcbind.socket rpcbind.service podman.socket podman-auto-update.timer podman-restart.service netavark-dhcp-proxy.socket netavark-dhcp-proxy.service \
  e2scrub_reap.service e2scrub_all.timer xfs_scrub_all.timer apt-daily.timer apt-daily-upgrade.timer; do
  systemctl disable "$unit" 2>/dev/null || true
done

# Made anew on each machine.
rm -f /etc/ssh/ssh_host_* /etc/hostname /var/lib/dbus/machine-id /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /etc/labctl-* /boot/grub/grubenv
: > /etc/machine-id
printf 'GenerateName=yes\n' > /etc/iscsi/initiatorname.iscsi
chmod 600 /etc/iscsi/initiatorname.iscsi
printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' > /etc/hosts
: > /etc/fstab
passwd --quiet --lock root

# Left over from building.
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
rm -f /etc/apt/apt.conf.d/99mmdebstrap /etc/apt/sources.list /etc/apt/sources.list.d/*
[ ! -e /etc/dpkg/dpkg.cfg.d/99mmdebstrap ] || mv /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/50labctl
mv /usr/lib/labctl/image.sources /etc/apt/sources.list.d/debian.sources
rm -rf /var/log/*.log /var/log/apt/* /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/ldconfig/aux-cache /usr/lib/labctl/customize.sh
depmod "$kernel"
