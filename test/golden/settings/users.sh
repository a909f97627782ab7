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
printf '%s' '# Written by the installer of labctl.
alice ALL=(ALL:ALL) NOPASSWD: ALL
bob ALL=(ALL:ALL) ALL
' | write '/etc/sudoers.d/labctl' '0440' || exit 1
printf '%s' '# Written by the installer of labctl: homes on a volume that is older than this system.
d /home/alice 0700 alice alice -
d /home/bob 0700 bob bob -
d /home/carol 0700 carol carol -
' | write '/etc/tmpfiles.d/labctl-homes.conf' '0644' || exit 1
printf '%s' 'ssh-ed25519 AAAA alice@desk "x"
ssh-ed25519 BBBB
' | write '/etc/ssh/authorized_keys.d/alice' '0644' || exit 1
printf '%s' 'ssh-rsa CCCC
' | write '/etc/ssh/authorized_keys.d/carol' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
' | write '/etc/ssh/sshd_config.d/20-labctl.conf' '0644' || exit 1
run 60 'making the user alice' chroot "$target" useradd -m -U -s /bin/bash 'alice'
run 60 'making the user bob' chroot "$target" useradd -m -U -s /bin/bash -u 2000 'bob'
printf '%s\n' 'bob:$y$j9T$aaaaaaaaaaaaaaaaaaaaaa$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' | timeout -k 5 30 chroot "$target" chpasswd -e >>"$log" 2>&1 || stop 'the password of bob could not be set'
run 60 'making the user carol' chroot "$target" useradd -m -U -s /bin/bash 'carol'
run 30 'checking who may use sudo' chroot "$target" visudo -c -q -f /etc/sudoers.d/labctl
mkdir -p "$target/run/sshd"
run 60 'checking the configuration of the SSH server' chroot "$target" /usr/sbin/sshd -t

