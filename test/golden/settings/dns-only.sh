# ---- The settings of this machine: bastion.yaml and labctl provision set.

printf '%s' '# Written by the installer of labctl.
[Match]
PermanentMACAddress=52:54:00:12:34:56
Kind=!*

[Network]
DHCP=ipv4

[DHCPv4]
ClientIdentifier=mac
UseDNS=no

[DHCPv6]
UseDNS=no

[IPv6AcceptRA]
UseDNS=no
' | write '/etc/systemd/network/10-labctl.network' '0644' || exit 1
printf '%s' '# Written by the installer of labctl: the settings of this machine name its name servers.
[DHCPv4]
UseDNS=no

[DHCPv6]
UseDNS=no

[IPv6AcceptRA]
UseDNS=no
' | write '/etc/systemd/network/20-labctl.network.d/10-labctl.conf' '0644' || exit 1
printf '%s' '# Written by the installer of labctl.
[Resolve]
DNS=10.0.0.2
' | write '/etc/systemd/resolved.conf.d/10-labctl.conf' '0644' || exit 1

