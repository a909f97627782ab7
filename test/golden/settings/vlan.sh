# ---- The settings of this machine: bastion.yaml and labctl provision set.

printf '%s' '# Written by the installer of labctl.
[Match]
PermanentMACAddress=52:54:00:12:34:56
Kind=!*

[Network]
VLAN=vlan10
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
' | write '/etc/systemd/network/10-labctl-525400123456.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
MACAddress=52:54:00:12:34:56
Type=ether
Kind=!*

[Network]
VLAN=vlan10
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
' | write '/etc/systemd/network/15-labctl-525400123456.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
PermanentMACAddress=52:54:00:12:34:57
Kind=!*

[Network]
VLAN=vlan20
DHCP=no
IPv6AcceptRA=no
LinkLocalAddressing=no
' | write '/etc/systemd/network/10-labctl-525400123457.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
MACAddress=52:54:00:12:34:57
Type=ether
Kind=!*

[Network]
VLAN=vlan20
DHCP=no
IPv6AcceptRA=no
LinkLocalAddressing=no
' | write '/etc/systemd/network/15-labctl-525400123457.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[NetDev]
Name=vlan10
Kind=vlan

[VLAN]
Id=10
' | write '/etc/systemd/network/10-labctl-vlan10.netdev' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
Name=vlan10

[Network]
Address=10.1.0.5/24
DHCP=no
IPv6AcceptRA=no
' | write '/etc/systemd/network/10-labctl-vlan10.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[NetDev]
Name=vlan20
Kind=vlan

[VLAN]
Id=20
' | write '/etc/systemd/network/10-labctl-vlan20.netdev' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
Name=vlan20

[Network]
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
' | write '/etc/systemd/network/10-labctl-vlan20.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
# The settings of this machine name other cards.
Type=ether
Kind=!*

[Link]
Unmanaged=yes
' | write '/etc/systemd/network/20-labctl.network' '0644' || exit 1

