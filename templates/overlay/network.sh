# The network, as iPXE left it on the kernel line: the interface with that MAC, the same address again.
# shellcheck shell=sh

# read_line: what iPXE left on the kernel line.
read_line() {
  line_mac='' line_ip='' line_mask='' line_gw='' line_dhcp=''
  read -r line </proc/cmdline
  set -f
  for word in $line; do
    case $word in
      labctl.mac=*) line_mac=${word#*=} ;;
      labctl.ip=*) line_ip=${word#*=} ;;
      labctl.mask=*) line_mask=${word#*=} ;;
      labctl.gw=*) line_gw=${word#*=} ;;
      labctl.dhcp=*) line_dhcp=${word#*=} ;;
    esac
  done
  set +f
}

network_up() {
  read_line
  [ -n "$line_mac" ] || labctl_fail 'the kernel line has no labctl.mac; the boot script is not one of labctl'
  find_interface || labctl_fail "no network interface has the address $line_mac; $(interfaces) - the RAM disk may lack its driver or firmware"
  for conf in /proc/sys/net/ipv6/conf/*/accept_ra; do echo 0 >"$conf"; done 2>/dev/null
  ip link set dev "$interface" up || labctl_fail "the interface $interface cannot be switched on"
  wait_for_carrier
  if [ -n "$line_ip" ]; then
    prefix=$(prefix_length "$line_mask")
    ip addr replace "$line_ip/$prefix" dev "$interface" || labctl_fail "the address $line_ip/$prefix cannot be set on $interface"
    case $line_gw in '' | 0.0.0.0) ;; *) ip route replace default via "$line_gw" dev "$interface" || labctl_say "the gateway $line_gw cannot be set" ;; esac
  else
    chmod 755 /labctl/lease.sh
    udhcpc -i "$interface" -n -q -t 10 -T 3 -s /labctl/lease.sh >>"$LABCTL_RUN/log" 2>&1 || labctl_fail "the kernel line has no address, and no DHCP server answered on $interface"
  fi
  labctl_say "network up $interface ${line_ip:-by DHCP}"
  for other in /sys/class/net/*; do
    if [ -e "$other/device" ] && [ "${other##*/}" != "$interface" ]; then ip link set dev "${other##*/}" up; fi
  done
}

# Up to 60 s: drivers load, firmware is read, USB adapters wake up.
find_interface() {
  tries=0
  while [ "$tries" -lt 300 ]; do
    for folder in /sys/class/net/*; do
      read -r address <"$folder/address" || continue
      if [ "$address" = "$line_mac" ]; then interface=${folder##*/}; return 0; fi
    done 2>/dev/null
    tries=$((tries + 1))
    [ $((tries % 50)) = 0 ] && labctl_say "waiting for the network interface $line_mac; $(interfaces)"
    sleep 0.2
  done
  return 1
}

interfaces() {
  printf 'there are'
  for folder in /sys/class/net/*; do
    { read -r address <"$folder/address" && printf ' %s %s' "${folder##*/}" "$address"; } 2>/dev/null
  done
}

wait_for_carrier() {
  tries=0
  while [ "$tries" -lt 300 ]; do
    carrier=0
    { read -r carrier <"/sys/class/net/$interface/carrier"; } 2>/dev/null
    [ "$carrier" = 1 ] && return 0
    tries=$((tries + 1))
    [ $((tries % 50)) = 0 ] && labctl_say "waiting for a link on $interface; is the cable in, is the port on?"
    sleep 0.2
  done
  labctl_fail "no link on $interface after 60 s"
}

# 255.255.255.0 -> 24; a bare number stays; nothing is taken for 24.
prefix_length() {
  case $1 in '') echo 24; return ;; *.*.*.*) ;; *) echo "$1"; return ;; esac
  bits=0 rest=$1.
  while [ -n "$rest" ]; do
    octet=${rest%%.*} rest=${rest#*.}
    while [ "$octet" -gt 0 ]; do bits=$((bits + (octet & 1))); octet=$((octet >> 1)); done
  done
  echo "$bits"
}

# While the machine waits its lease must not go to another: asks for the same address, renews it as long as it runs.
keep_lease() {
  if [ -n "$line_ip" ] && [ ! -e "$LABCTL_RUN/lease" ] && command -v udhcpc >/dev/null; then
    : >"$LABCTL_RUN/lease"
    chmod 755 /labctl/lease.sh
    udhcpc -f -i "$interface" -r "$line_ip" -t 5 -T 3 -A 20 -s /labctl/lease.sh </dev/null >>"$LABCTL_RUN/udhcpc.log" 2>&1 &
  fi
}
