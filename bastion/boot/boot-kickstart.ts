// The kickstart in the overlay of a boot that starts an installer in place of the RAM disk.
import { renderBootKickstart, renderDiscoveryKickstart } from '../install/kickstart/render-boot-kickstart.ts'
import type { BootRoom } from './boot-room.ts'
import { discoveryOs } from './decide-discovery.ts'
import { treeOf } from './order-tree.ts'
import type { Ticket } from './ticket-store.ts'

/** The text that `inst.ks` finds; null where this boot is one of the RAM disk. A machine that is known is discovered by nothing but the RAM disk, in which it waits. */
export function bootKickstart(room: BootRoom, ticket: Ticket): string | null {
  if (ticket.purpose === 'discover') {
    const os = ticket.machine === null ? discoveryOs(room.config) : null
    const tree = os === null ? null : room.findTree(os)
    return tree === null ? null : renderDiscoveryKickstart({ os: tree.name, version: tree.kickstart })
  }
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  const tree = order === null ? null : treeOf(room, order)
  return tree === null ? null : renderBootKickstart({ os: tree.name, version: tree.kickstart })
}
