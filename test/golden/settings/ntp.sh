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
server ntp.example iburst
server 10.0.0.3 iburst
server 2001:db8::123 iburst
' | write '/etc/chrony/sources.d/labctl.sources' '0644' || exit 1
sed -i -E 's/^(pool|server|peer) /#&/' "$target/etc/chrony/chrony.conf" || stop 'the time servers of the image could not be taken out of /etc/chrony/chrony.conf'

