import type { Tree } from '../../protocol/tree-sources.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { BootRoom } from './boot-room.ts'
import type { Ticket } from './ticket-store.ts'

/** The installation tree that an order's system comes from; null for a root image, and for orders that write no system. */
export function treeOf(room: BootRoom, order: Pick<StoredOrder, 'kind' | 'os'>): Tree | null {
  return order.kind === 'install' || order.kind === 'reprovision' ? room.findTree(order.os) : null
}

/** The same for the order of a boot's ticket. */
export function treeOfTicket(room: BootRoom, ticket: Ticket): Tree | null {
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  return order === null ? null : treeOf(room, order)
}
