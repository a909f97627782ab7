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
TrustedUserCAKeys /etc/ssh/labctl-user-ca.pub
' | write '/etc/ssh/sshd_config.d/20-labctl.conf' '0644' || exit 1
printf '%s' 'ssh-ed25519 DDDD ca
' | write '/etc/ssh/labctl-user-ca.pub' '0644' || exit 1
printf '%s' '-----BEGIN CERTIFICATE-----
MIIBijCCAS+gAwIBAgIUbp3cvYAYTy+qpbhB3NjDiGAVbHUwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTIxMTU0MTUwWhgPMjEy
NjEwMjgxNTQxNTBaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEn1Aj7diRB44ZFZjZ1Bc7uShQaCEUekyEW/9igMXl
gZC8UgWIuOa8wn0JNjsXi6AzReoJ9FvZiH2FzNv3uVGK9KNTMFEwHQYDVR0OBBYE
FEjJPB1nVUXR5kMJYauvAA29IUEiMB8GA1UdIwQYMBaAFEjJPB1nVUXR5kMJYauv
AA29IUEiMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPTZkxnV
ToG13HTgtEysY9cTtEut6yCjgDX+3oUfEIfOAiEAp/DBHnNcJZFo4k2u39PoZ6bK
pNnhkBngwmAImbJX19Y=
-----END CERTIFICATE-----
' | write '/usr/local/share/ca-certificates/labctl-1.crt' '0644' || exit 1
run 120 'trusting the certificate authorities' chroot "$target" update-ca-certificates
mkdir -p "$target/run/sshd"
run 60 'checking the configuration of the SSH server' chroot "$target" /usr/sbin/sshd -t

