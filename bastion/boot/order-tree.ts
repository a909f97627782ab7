import type { Tree } from '../../protocol/tree-sources.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { BootRoom } from './boot-room.ts'

/** The installation tree that an order's system comes from; null for a root image, and for orders that write no system. */
export function treeOf(room: BootRoom, order: Pick<StoredOrder, 'kind' | 'os'>): Tree | null {
  return order.kind === 'install' || order.kind === 'reprovision' ? room.findTree(order.os) : null
}
