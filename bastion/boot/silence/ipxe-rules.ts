// Verdicts about machines that run iPXE, from its DHCP to the overlay, the last thing that it loads.
import { lastIs, type VerdictRule } from './verdict-rule.ts'

/** In this order: the first that fits is given. */
export const ipxeRules: readonly VerdictRule[] = [
  {
    code: 'ipxe-without-lease', seen: 'iPXE asked for an address, and the exchange did not end', after: 'address',
    means: 'The link most probably went down when iPXE took the card over, and the switch port does not forward yet; or another DHCP server answered first.',
    tries: 'Set the switch port to forward at once (portfast, no spanning tree delay); the bastion’s log (journalctl -u labctl-bastion) names other DHCP servers.',
    since: lastIs(['ipxe-discover', 'ipxe-offer', 'ipxe-request', 'ipxe-nak']),
  },
  {
    code: 'ipxe-without-script', seen: 'iPXE got its address, and did not fetch the first script', after: 'script',
    means: 'It most probably cannot reach the boot plane: a firewall on this host or between, or a wrong bootPlane.address.',
    tries: 'Let TCP port {bootPort} of {address} through from its network; on this host: curl http://{address}:{bootPort}/boot.ipxe',
    since: lastIs(['ipxe-ack', 'ipxe-boot-file', 'ipxe-pxe']),
  },
  {
    code: 'script-broken', seen: 'the first script or a file of the RAM disk was not taken whole, and nothing was asked for again', after: 'file',
    means: 'The network most probably dropped in the middle of {file}, or the machine was switched off.',
    tries: 'iPXE asks again every 30 s while it runs: look at its screen, at the cable, and at the card’s error counters (ethtool -S on this host).',
    since: lastIs(['script-broken', 'kernel-file-broken', 'ramdisk-file-broken', 'firmware-file-broken']),
  },
  {
    code: 'script-without-dispatch', seen: 'the first script was fetched, and nobody asked what to do', after: 'script',
    means: 'The machine most probably hangs in iPXE, whose card driver fails on its second connection, or was switched off.',
    tries: 'Look at its screen; restart it. If it stops here each time, update the firmware of its network card.',
    since: lastIs(['script']),
  },
  {
    code: 'dispatched-without-kernel', seen: 'the machine was told to load the RAM disk, and did not fetch the kernel', after: 'script',
    means: 'iPXE most probably lost its connection, or the machine was restarted by hand.',
    tries: 'Look at its screen, which says why and asks again every 30 s; restart it.',
    since: lastIs(['dispatched-ramdisk']),
  },
  {
    code: 'kernel-without-ramdisk', seen: 'the kernel was fetched, and the RAM disk was not', after: 'file',
    means: 'Its memory most probably does not hold the RAM disk: iPXE needs it in one piece below 4 GiB.',
    tries: 'Give it at least 1 GiB of memory; without NIC firmware (ramdisk.firmware: false) the RAM disk is smaller.',
    since: lastIs(['kernel-file']),
  },
  {
    code: 'ramdisk-without-overlay', seen: 'the RAM disk was fetched, and its overlay was not', after: 'file',
    means: 'Its memory is most probably full, or the ticket in its script is not good any more.',
    tries: 'Give it at least 1 GiB of memory; restart it: each start brings a new ticket.',
    since: lastIs(['ramdisk-file', 'firmware-file']),
  },
  {
    code: 'overlay-refused', seen: 'the overlay was asked for from an address that holds no lease of this machine', after: 'script',
    means: 'The machine most probably has an address that another DHCP server gave it; if it is not the machine, somebody is trying its ticket.',
    tries: 'labctl provision describe {ref} shows the address; the bastion’s log (journalctl -u labctl-bastion) names other DHCP servers.',
    since: lastIs(['overlay-refused']),
  },
  {
    code: 'refused-and-gone', seen: 'the machine was refused, was to ask again every minute, and did not', after: 'ramdisk',
    means: 'Somebody most probably switched it off, or chose another device at its firmware’s menu.',
    tries: 'Mend what the refusal names, then start it again.',
    since: lastIs(['dispatched-retry']),
  },
]
