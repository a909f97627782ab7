// What installer a boot starts in place of the RAM disk, and the kickstart in its overlay.
import { renderBootKickstart, renderDiscoveryKickstart } from '../install/kickstart/render-boot-kickstart.ts'
import type { Tree } from '../../protocol/tree-sources.ts'
import type { BootRoom } from './boot-room.ts'
import { discoveryOs } from './decide-discovery.ts'
import { treeOf } from './order-tree.ts'
import type { Ticket } from './ticket-store.ts'

/** The tree whose installer this boot starts; null where it is one of the RAM disk. A machine that is known is discovered by nothing but the RAM disk, in which it waits. */
export function installerOf(room: BootRoom, ticket: Ticket): Tree | null {
  if (ticket.purpose === 'discover') {
    const os = ticket.machine === null ? discoveryOs(room.config) : null
    return os === null ? null : room.findTree(os)
  }
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  return order === null ? null : treeOf(room, order)
}

/** The text that `inst.ks` finds; null where there is no installer. */
export function bootKickstart(room: BootRoom, ticket: Ticket): string | null {
  const tree = installerOf(room, ticket)
  const render = ticket.purpose === 'discover' ? renderDiscoveryKickstart : renderBootKickstart
  return tree === null ? null : render({ os: tree.name, version: tree.kickstart })
}
