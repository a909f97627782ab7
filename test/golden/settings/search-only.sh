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
[Resolve]
Domains=lab.example
' | write '/etc/systemd/resolved.conf.d/10-labctl.conf' '0644' || exit 1

