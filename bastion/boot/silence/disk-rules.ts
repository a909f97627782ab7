// Verdicts about machines that were to start from their disk.
import { hasWord, lastIs, type Seen, type VerdictRule } from './verdict-rule.ts'

/** Installed, restarted, and its first start from disk has not been told. */
function awaitsFirstBoot({ installed, boots }: Seen): boolean {
  const words = boots.flatMap(boot => boot.words)
  const restarted = words.findLastIndex(word => word.kind === 'reboot')
  return installed && restarted >= 0 && !words.slice(restarted).some(word => word.kind === 'first-boot') && !boots.some(boot => boot.words.includes(words[restarted]!) && boot.words.some(word => word.kind === 'erased'))
}
/** UEFI, and its disk was put first: the network is no place to see it. */
const diskFirst = (seen: Seen) => seen.firmware === 'uefi' && seen.bootOrder === 'disk'
const firstBootOr = (kinds: readonly string[], more: (seen: Seen) => boolean = () => true) => lastIs(kinds, seen => awaitsFirstBoot(seen) && more(seen))
const network = ['firmware-discover', 'firmware-offer', 'firmware-request', 'firmware-ack', 'firmware-boot-file', 'firmware-pxe', 'tftp-sent', 'program', 'ipxe-discover', 'ipxe-ack', 'ipxe-boot-file', 'script', 'dispatched-local-disk']

/** In this order: the first that fits is given. */
export const diskRules: readonly VerdictRule[] = [
  {
    code: 'online-no-first-boot', seen: 'after the install a system asked for an address, and its first boot was not told', after: 'start',
    means: 'The installed system most probably runs and cannot reach the control plane; or the machine started something else from another disk.',
    tries: 'Let TCP port {controlPort} of {address} through from its network; on the machine: journalctl -u labctl-first-boot',
    since: firstBootOr(['reboot', 'dispatched-local-disk'], seen => seen.system !== null),
  },
  {
    code: 'network-again', seen: 'after the install the firmware came to the network again, although the disk was put first', after: 'start',
    means: 'The firmware most probably did not keep the boot order that the install wrote, or found no boot loader on the disk.',
    tries: 'Put “labctl” (or the disk) first in its firmware setup; set install.bootOrder: network if this firmware always goes to the network first.',
    since: firstBootOr(network, diskFirst),
  },
  {
    code: 'local-disk-no-first-boot', seen: 'after the install the machine was sent to its local disk, and its first boot was not told', after: 'start',
    means: 'Its first disk, as the firmware counts, is most probably not the one that was installed, or the boot loader does not start.',
    tries: 'Look at its screen; put the installed disk first among the disks in its firmware setup.',
    since: firstBootOr(['dispatched-local-disk']),
  },
  {
    code: 'reboot-no-first-boot', seen: 'the install ended with a restart, and nothing came since', after: 'reboot',
    means: 'The boot loader or the firmware most probably cannot find the installed system, or the system has no driver for its network card.',
    tries: 'Look at its screen; put the installed disk first in its firmware setup. labctl provision rescue {ref} lets you look inside once it network-boots.',
    since: firstBootOr(['reboot']),
  },
  {
    code: 'fell-to-network', seen: 'an installed machine, whose disk comes first, came to the network and was sent back to its disk', after: 'start',
    means: 'Its system most probably does not start from its disk any more, and the firmware went on to the network.',
    tries: 'Look at its screen; labctl provision rescue {ref} lets you look inside.',
    since: lastIs(['dispatched-local-disk'], seen => seen.installed && seen.order === null && diskFirst(seen) && seen.system === null && !hasWord(seen, 'reboot')),
  },
]
