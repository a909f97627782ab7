#!/bin/sh
# What udhcpc calls. The address of the kernel line is never taken away; another one is added beside it.
# shellcheck disable=SC2154
case ${1:-} in
  bound | renew)
    ip addr replace "$ip/${mask:-24}" dev "$interface"
    # For packages that an install adds; everything else here goes by address.
    for server in ${dns:-}; do printf 'nameserver %s\n' "$server"; done >/etc/resolv.conf
    if [ -n "${router:-}" ]; then ip route replace default via "${router%% *}" dev "$interface"; fi
    ;;
esac
exit 0
