# ---- The settings of this machine: bastion.yaml and labctl provision set.

printf '%s' '# Written by the installer of labctl.
[Match]
PermanentMACAddress=52:54:00:12:34:56
Kind=!*

[Network]
Address=10.0.0.5/24
Address=2001:db8::5/64
Gateway=10.0.0.254
Gateway=fe80::1
DHCP=no
IPv6AcceptRA=no
' | write '/etc/systemd/network/10-labctl-525400123456.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
MACAddress=52:54:00:12:34:56
Type=ether
Kind=!*

[Network]
Address=10.0.0.5/24
Address=2001:db8::5/64
Gateway=10.0.0.254
Gateway=fe80::1
DHCP=no
IPv6AcceptRA=no
' | write '/etc/systemd/network/15-labctl-525400123456.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
PermanentMACAddress=52:54:00:12:34:57
Kind=!*

[Network]
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
UseGateway=no
UseDNS=no

[IPv6AcceptRA]
UseGateway=no

[DHCPv6]
UseDNS=no

[IPv6AcceptRA]
UseDNS=no
' | write '/etc/systemd/network/10-labctl-525400123457.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
MACAddress=52:54:00:12:34:57
Type=ether
Kind=!*

[Network]
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
UseGateway=no
UseDNS=no

[IPv6AcceptRA]
UseGateway=no

[DHCPv6]
UseDNS=no

[IPv6AcceptRA]
UseDNS=no
' | write '/etc/systemd/network/15-labctl-525400123457.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Match]
# The settings of this machine name other cards.
Type=ether
Kind=!*

[Link]
Unmanaged=yes
' | write '/etc/systemd/network/20-labctl.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Resolve]
DNS=10.0.0.2
DNS=2001:db8::53
Domains=lab.example
Domains=example
' | write '/etc/systemd/resolved.conf.d/10-labctl.conf' '0644' || exit 1

