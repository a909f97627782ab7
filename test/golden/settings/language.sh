ln -snf '/usr/share/zoneinfo/Europe/Berlin' "$target/etc/localtime"
Europe/Berlin
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
printf '%s' 'LANG=de_DE.UTF-8
' | write '/etc/locale.conf' '0644' || exit 1
printf '%s' 'de_DE.UTF-8 UTF-8
' | write '/etc/locale.gen' '0644' || exit 1
printf '%s' '# Written by the installer of labctl; keyboard(5).
XKBMODEL="pc105"
XKBLAYOUT="de"
XKBVARIANT="nodeadkeys"
XKBOPTIONS="compose:ralt"
BACKSPACE="guess"
' | write '/etc/default/keyboard' '0644' || exit 1
grep -qxF -e 'de_DE.UTF-8 UTF-8' "$target/usr/share/i18n/SUPPORTED" || stop 'the root image does not know the locale ''de_DE.UTF-8 UTF-8'' (or is older than this setting: labctl os add builds it anew)'
run 900 'making the locale' chroot "$target" locale-gen
[ -x "$target/usr/bin/setupcon" ] || [ -x "$target/bin/setupcon" ] || stop 'the root image has no programs for the keyboard: labctl os add builds it anew'
run 60 'setting the keyboard' chroot "$target" setupcon --save-only

