// Verdicts about machines that carry out an order, from its plan to the restart.
import { hasWord, type Seen, type VerdictRule } from './verdict-rule.ts'

const installing = (seen: Seen) => seen.order?.state === 'installing'
const erases = (seen: Seen) => seen.order?.kind === 'erase'
/** Per cent that only the order keeps count as words, too. */
const orderOrLast = (kinds: readonly string[], more: (seen: Seen) => boolean = () => true): VerdictRule['since'] =>
  seen => installing(seen) && seen.last !== null && kinds.includes(seen.last.kind) && more(seen) ? Math.max(seen.last.at, seen.order!.updatedAt) : null
const onImage = (seen: Seen) => seen.last?.kind === 'image' && !seen.boot?.words.some(word => word.kind === 'image-file' && word.at >= seen.last!.at)

/** In this order: the first that fits is given. */
export const installRules: readonly VerdictRule[] = [
  {
    code: 'plan-no-disks', seen: 'the machine was answered its plan, and began nothing', after: 'plan',
    means: 'Its answer most probably got lost, or a disk does not answer while it is checked once more. Nothing was written yet.',
    tries: 'Look at its console; restart the machine: the order then fails with nothing touched, and labctl provision retry {ref} arms it again.',
    since: orderOrLast(['facts'], seen => seen.order?.kind !== 'rescue'),
  },
  {
    code: 'erase-silent', seen: 'disks are being erased, and no word came', after: 'erase',
    means: 'A disk is most probably large and slow, or has stopped answering.',
    tries: 'Look at its console before you switch it off: what has been erased is gone, and the rest is not erased yet.',
    since: orderOrLast(['disks'], erases),
  },
  {
    code: 'disks-no-packages', seen: 'the installer is about to partition the disks, and no package came', after: 'prepare',
    means: 'The package lists most probably do not come, or the installer stopped and asks something on its console.',
    tries: 'Look at the installer’s console; labctl provision logs {ref} shows what it says. If it hangs, restart the machine: the order fails, and labctl provision retry {ref} arms it again.',
    since: orderOrLast(['disks'], seen => hasWord(seen, 'installer-file')),
  },
  {
    code: 'disks-no-image', seen: 'partitions and volumes are being made, and the image did not begin', after: 'disks',
    means: 'A disk most probably is very slow or fails: making file systems waits for it.',
    tries: 'Look at its console for I/O errors; labctl provision describe {ref} names the disks of the plan.',
    since: orderOrLast(['disks']),
  },
  {
    code: 'image-stalled', seen: 'the root image is being fetched, and came no further', after: 'image',
    means: 'The connection most probably broke and does not come back, or the machine lost its power.',
    tries: 'Look at its console and its cable; restart the machine if it hangs: the order fails, and labctl provision retry {ref} arms it again.',
    since: orderOrLast(['image'], onImage),
  },
  {
    code: 'image-not-unpacked', seen: 'the root image was fetched whole, and was not unpacked', after: 'disks',
    means: 'The target disk most probably is very slow, is full, or fails.',
    tries: 'Look at its console for I/O errors; labctl provision logs {ref} shows what it sent, if it sent any.',
    since: orderOrLast(['image']),
  },
  {
    code: 'packages-stalled', seen: 'the first package was about to be installed, and the last one is not yet', after: 'packages',
    means: 'The package mirror most probably does not answer, or a package waits for something.',
    tries: 'Look at the installer’s console (its second one has the log); check the mirror that the operating system names.',
    since: orderOrLast(['packages']),
  },
  {
    code: 'configure-silent', seen: 'the new system is being configured, and did not finish', after: 'configure',
    means: 'Making the initramfs or the boot loader most probably hangs; UEFI firmware that does not answer efibootmgr is known to.',
    tries: 'Look at its console; restart the machine if it hangs: the order fails with its disks written, and labctl provision retry {ref} arms it again.',
    since: orderOrLast(['configure']),
  },
]
