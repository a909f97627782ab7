// Verdicts about machines that an order waits for.
import type { Seen, VerdictRule } from './verdict-rule.ts'

/** Armed, and since then nothing came that belongs to a network boot. */
function untouched({ order, last, waitingUntil, now }: Seen): boolean {
  return order?.state === 'armed' && (last === null || last.at < order.updatedAt) && (waitingUntil === null || waitingUntil < now)
}
const systemSince = ({ boots, order }: Seen) => boots.some(boot => boot.words.some(word => word.kind.startsWith('system-') && word.at >= order!.updatedAt))

/** In this order: the first that fits is given. */
export const orderRules: readonly VerdictRule[] = [
  {
    code: 'image-missing', seen: 'an order is armed whose operating system is not there any more', after: 'script',
    means: 'The image of {os} was removed or is being built, and the order waits for it.',
    tries: 'labctl os list shows its state; labctl os add {os} builds it.',
    since: ({ order, last }) => order?.state === 'armed' && !order.osReady && (order.kind === 'install' || order.kind === 'reprovision') ? Math.max(order.updatedAt, last?.at ?? 0) : null,
  },
  {
    code: 'armed-on-own-disk', seen: 'an order is armed, and since then only the machine’s own system asked for an address', after: 'appear', yields: true,
    means: 'The machine most probably runs, or was restarted, from its disk: it does not boot from the network.',
    tries: 'Restart it with network boot chosen once: by its BMC, at its boot menu, or with efibootmgr -n on the machine.',
    since: seen => untouched(seen) && systemSince(seen) ? seen.order!.updatedAt : null,
  },
  {
    code: 'armed-not-seen', seen: 'an order is armed, and nothing came from the machine since', after: 'appear', yields: true,
    means: 'It is most probably switched off, or does not boot from the network that the bastion serves.',
    tries: 'Switch it on or restart it, with network boot chosen in its boot menu or by its BMC; check that its cable is in the bastion’s network.',
    since: seen => untouched(seen) ? seen.order!.updatedAt : null,
  },
]
