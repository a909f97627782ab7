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

# ---- The hook of the settings, in the new system; whatever it leaves running ends with it.

stage='running the post-install hook'
printf '%s' '#!/bin/sh
echo '\''it'\''"s"
exit 3
' | write /run/labctl-hook 0700 || exit 1
: | write /var/log/labctl-hook.log 0640 || exit 1
progress configure '' 'post-install hook: it runs'
due $((42 + patience)) 'the post-install hook'
timeout -k 10 42 chroot "$target" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 LABCTL_MACHINE=worker-1 \
  unshare --fork --pid --kill-child /run/labctl-hook >>"$target/var/log/labctl-hook.log" 2>&1 </dev/null
hook_code=$?
tail -c 16384 "$target/var/log/labctl-hook.log" >>"$log"
rm -f "$target/run/labctl-hook"
hook_end=$(tail -n 5 "$target/var/log/labctl-hook.log" | tr '\n' ' ')
case $hook_code in
  0) progress configure '' 'post-install hook: ended with 0; its log is /var/log/labctl-hook.log' ;;
  124 | 137) stop "the post-install hook was not done after 42 s, or was killed; it said last: $hook_end" ;;
  *) stop "the post-install hook ended with $hook_code; it said last: $hook_end" ;;
esac

