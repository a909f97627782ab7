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
progress configure '' 'packages are being added: htop, g++'
stage='adding packages'
mkdir -p "$target/run/systemd/resolve"
printf 'nameserver %s\n' '10.0.0.2' >"$target/run/systemd/resolve/stub-resolv.conf"
# Nothing of what is added may start here.
write /usr/sbin/policy-rc.d 0755 <<'END'
#!/bin/sh
exit 101
END
run 900 'reading the package lists' chroot "$target" apt-get -q -o APT::Update::Error-Mode=any -o Acquire::Retries=2 update
run 2400 'adding packages' chroot "$target" env DEBIAN_FRONTEND=noninteractive SYSTEMD_OFFLINE=1 apt-get -q -y -o APT::Install-Recommends=false -o Acquire::Retries=2 -o Dpkg::Options::=--force-confold install -- 'htop' 'g++'
run 60 'removing what was fetched' chroot "$target" apt-get clean
rm -f "$target/usr/sbin/policy-rc.d" "$target/run/systemd/resolve/stub-resolv.conf"
stage='setting up the new system'

