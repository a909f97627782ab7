// Verdicts about machines in the RAM disk, or in an installer in its place: from its start to waiting for an order.
import { hasWord, lastIs, type Seen, type VerdictRule } from './verdict-rule.ts'

/** Facts that no order is attached to: the machine is to wait. */
const waits = (seen: Seen) => seen.afterDiscovery === 'wait' && !seen.installed && seen.order?.state !== 'installing'

/** In this order: the first that fits is given. */
export const ramdiskRules: readonly VerdictRule[] = [
  {
    code: 'ramdisk-online-no-facts', seen: 'the RAM disk was loaded and asked for an address, and sent no facts', after: 'ramdisk',
    means: 'The RAM disk runs and has a network; it most probably cannot reach the control plane, or does not believe that it is the bastion.',
    tries: 'Let TCP port {controlPort} of {address} through from its network; its console says what it waits for.',
    since: lastIs(['kernel', 'order-given'], seen => seen.system !== null),
  },
  {
    code: 'installer-not-fetched', seen: 'kernel, the installer’s initramfs and overlay were loaded, and its second stage was not fetched', after: 'ramdisk',
    means: 'The installer’s initramfs most probably has no driver for its network card, or cannot reach the boot plane with the address that iPXE had.',
    tries: 'Look at its console, where dracut says what it waits for; let TCP port {bootPort} of {address} through. A newer release’s tree has newer drivers.',
    since: lastIs(['kernel'], seen => seen.byInstaller),
  },
  {
    code: 'overlay-no-facts', seen: 'kernel, RAM disk and overlay were loaded, and no facts came', after: 'ramdisk',
    means: 'The RAM disk most probably has no driver or firmware for its network card, has too little memory to start (1 GiB is enough), or cannot reach the control plane.',
    tries: 'Look at its console, which says which it is; build the RAM disk with firmware (ramdisk.firmware), and let TCP port {controlPort} of {address} through.',
    since: lastIs(['kernel']),
  },
  {
    code: 'installer-no-report', seen: 'the installer that discovers fetched its second stage, and sent no facts', after: 'installer',
    means: 'The installer most probably has too little memory (Fedora wants 3 GiB), or cannot reach the control plane.',
    tries: 'Look at its console; let TCP port {controlPort} of {address} through. It is discovered at its next start; a machine with less memory can be by the RAM disk (discovery.by: ramdisk).',
    since: lastIs(['installer-file', 'installer-file-broken'], seen => seen.order === null),
  },
  {
    code: 'installer-no-facts', seen: 'the installer fetched its second stage, and sent no facts', after: 'installer',
    means: 'The installer most probably has too little memory (Fedora wants 3 GiB), or cannot reach the control plane.',
    tries: 'Look at its console; let TCP port {controlPort} of {address} through. The order is still armed, and is given again at its next start.',
    since: lastIs(['installer-file', 'installer-file-broken']),
  },
  {
    code: 'order-given-no-facts', seen: 'the waiting RAM disk was given its order, and sent no facts for it', after: 'ramdisk',
    means: 'The RAM disk most probably hangs reading a disk that does not answer, or its network broke.',
    tries: 'Look at its console; restart the machine: the order is still armed and is given again.',
    since: lastIs(['order-given']),
  },
  {
    code: 'started-no-facts', seen: 'the RAM disk reported, and its facts were not taken', after: 'ramdisk',
    means: 'The report was most probably refused; the alarm on its timeline, and its console, say why.',
    tries: 'labctl provision describe {ref}; mend what is named there, then restart the machine.',
    since: lastIs(['ramdisk']),
  },
  {
    code: 'waiting-stopped', seen: 'the machine waited in its RAM disk, and asks no more', after: 'poll',
    means: 'It was most probably switched off or restarted by hand, or lost its network.',
    tries: 'Switch it on again: it boots from the network and waits again. If it is on, look at its console and its cable.',
    since: seen => waits(seen) && seen.waitingUntil !== null && (seen.last === null || seen.last.at <= seen.waitingUntil) ? seen.waitingUntil : null,
  },
  {
    code: 'facts-then-silence', seen: 'the machine sent its facts, and asks for no order', after: 'poll',
    means: 'It most probably lost its network or was switched off right after its report.',
    tries: 'Look at its console; restart it.',
    since: seen => waits(seen) && seen.waitingUntil === null && seen.last?.kind === 'facts' ? Math.max(seen.last.at, seen.startedAt) : null,
  },
  {
    code: 'rescue-without-ssh', seen: 'the machine took its rescue order, and SSH did not answer', after: 'plan',
    means: 'The SSH server of the RAM disk most probably did not start, or no key was given to it.',
    tries: 'Look at its console; check install.authorizedKeys in bastion.yaml; restart the machine and order the rescue again.',
    since: seen => seen.order?.kind === 'rescue' && seen.order.state === 'installing' && seen.last?.kind === 'facts' && !hasWord(seen, 'rescue') ? seen.last.at : null,
  },
]
