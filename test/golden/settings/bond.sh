# ---- The settings of this machine: bastion.yaml and labctl provision set.

printf '%s' '# Written by the installer of labctl.
[NetDev]
Name=bond0
Kind=bond
MACAddress=52:54:00:12:34:56

[Bond]
Mode=802.3ad
MIIMonitorSec=100ms
' | write '/etc/systemd/network/10-labctl-bond0.netdev' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
PermanentMACAddress=52:54:00:12:34:56
PermanentMACAddress=52:54:00:12:34:57
Kind=!*

[Network]
Bond=bond0
' | write '/etc/systemd/network/10-labctl-bond0-members.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
MACAddress=52:54:00:12:34:56
MACAddress=52:54:00:12:34:57
Type=ether
Kind=!*

[Network]
Bond=bond0
' | write '/etc/systemd/network/15-labctl-bond0-members.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
Name=bond0

[Network]
VLAN=vlan30
Address=10.0.0.5/24
Gateway=10.0.0.1
DHCP=no
IPv6AcceptRA=no
' | write '/etc/systemd/network/10-labctl-bond0.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[NetDev]
Name=vlan30
Kind=vlan

[VLAN]
Id=30
' | write '/etc/systemd/network/10-labctl-vlan30.netdev' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
Name=vlan30

[Network]
Address=10.3.0.5/24
DHCP=no
IPv6AcceptRA=no
' | write '/etc/systemd/network/10-labctl-vlan30.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
# The settings of this machine name other cards.
Type=ether
Kind=!*

[Link]
Unmanaged=yes
' | write '/etc/systemd/network/20-labctl.network' '0644' || exit 1

