// Decides whether an order that is being watched has come to its end, and with which exit code.
import type { MachineDetail, Order } from '../../protocol/machines.ts'
import type { ExitName } from '../exit-codes.ts'

/** The order to watch: the one followed so far, else the machine's present one, else its newest; null when there is none. */
export function chooseOrder(detail: MachineDetail, followed: string | null): Order | null {
  const all = [...detail.machine.order === null ? [] : [detail.machine.order], ...detail.orders]
  if (followed !== null) return all.find(order => order.id === followed) ?? null
  return detail.machine.order ?? detail.orders.toSorted((one, other) => other.createdAt - one.createdAt)[0] ?? null
}

/** The exit code of an order that has ended; null while it goes on. A contested or unconfirmed order waits for the operator, and so does a rescue once SSH answers: that is an end here. */
export function judgeEnd(order: Order): ExitName | null {
  if (order.kind === 'rescue' && order.state === 'installing' && order.phase === 'rescue') return 'ok'
  switch (order.state) {
    case 'armed':
    case 'installing': return null
    case 'done': return 'ok'
    case 'failed': return 'failed'
    case 'unconfirmed':
    case 'contested':
    case 'cancelled': return 'refused'
  }
}
