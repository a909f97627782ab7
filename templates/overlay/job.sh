# What one boot does, as a child of PID 1: devices, network, key, facts, and what the bastion answers.
# Ends with 42 when a new overlay is in place, with anything else when it could not go on.
# shellcheck shell=sh disable=SC1090,SC1091
. /labctl/lib.sh
for part in prepare network share identity collect conversation rescue wait; do . "/labctl/$part.sh"; done

read -r started _ </proc/uptime
[ -e "$LABCTL_RUN/started" ] || echo "$started" >"$LABCTL_RUN/started"
labctl_say "starting to $LABCTL_PURPOSE"
start_udev
set_clock
make_key || labctl_fail 'the key of this machine could not be made; openssl or its random numbers are missing'
network_up
share_log
udevadm settle --timeout=30 || labctl_say 'some devices are still being looked at after 30 s; going on without them'
collect_facts
tell_facts
wait_for_orders
