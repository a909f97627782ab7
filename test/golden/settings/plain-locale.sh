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
printf '%s' 'LANG=C.UTF-8
' | write '/etc/locale.conf' '0644' || exit 1
printf '%s' '# Written by the installer of labctl; keyboard(5).
XKBMODEL="pc105"
XKBLAYOUT="us,de"
XKBVARIANT=""
XKBOPTIONS=""
BACKSPACE="guess"
' | write '/etc/default/keyboard' '0644' || exit 1
[ -x "$target/usr/bin/setupcon" ] || [ -x "$target/bin/setupcon" ] || stop 'the root image has no programs for the keyboard: labctl os add builds it anew'
run 60 'setting the keyboard' chroot "$target" setupcon --save-only

