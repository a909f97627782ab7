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
printf '%s' 'http_proxy="http://proxy.example:3128"
HTTP_PROXY="http://proxy.example:3128"
https_proxy="http://proxy.example:3128/"
HTTPS_PROXY="http://proxy.example:3128/"
no_proxy="localhost,127.0.0.1,::1,10.0.0.1,.lab.example,10.0.0.0/8,mirror.example"
NO_PROXY="localhost,127.0.0.1,::1,10.0.0.1,.lab.example,10.0.0.0/8,mirror.example"
' | write '/etc/environment' '0644' || exit 1
printf '%s' '// Written by the installer of labctl.
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::http::Proxy::mirror.example "DIRECT";
Acquire::https::Proxy "http://proxy.example:3128/";
Acquire::https::Proxy::mirror.example "DIRECT";
' | write '/etc/apt/apt.conf.d/90labctl-proxy' '0644' || exit 1

