import type { MachineDetail, NamedIdentity, Order } from '../../protocol/machines.ts'
import { renderTask } from '../output/render-order.ts'
import { renderTable } from '../output/render-table.ts'
import type { Terminal } from '../output/terminal.ts'

/** Shows an order that was just armed, and what starts it: `detail` (null when it could not be had) tells whether the machine waits. */
export function showArmed(terminal: Terminal, order: Order, detail: MachineDetail | null, ref: string): void {
  const waiting = detail?.machine.waiting === true
  const named = order.kind === 'install' ? `install ${order.os} on ${ref} as ${order.name}` : renderTask(order)
  terminal.line([{ text: 'Armed', tone: 'good' }, `: ${named}.`])
  terminal.print(renderTable(null, [
    ...order.kind === 'install' || order.kind === 'reprovision' ? [['  role', order.role]] : [],
    ['  attempt', String(order.attempt)], ['  order', order.id],
    ...order.kind === 'rescue' ? [] : [wiped(order)],
    ...order.accept.length === 0 ? [] : [['  accepted', { text: order.accept.join(', '), tone: 'warning' as const }]],
  ], terminal.color))
  terminal.line(waiting ? 'The machine is waiting in its RAM disk and will begin within half a minute.' : nextBoot(order, detail))
  terminal.line(`${waiting ? 'Next' : 'Then'}: labctl provision watch ${ref}`)
}

function wiped({ kind, wipe }: Order) {
  if (kind === 'erase') return ['  erased', { text: wipe.join(', '), tone: 'bad' as const }]
  return ['  may be wiped', wipe.length === 0 ? 'no disk that holds anything' : { text: wipe.join(', '), tone: 'warning' as const }]
}

function nextBoot({ kind }: Order, detail: MachineDetail | null): string {
  if (kind === 'install' || detail?.machine.state === 'discovered') return 'Next: switch the machine on (or restart it), set to boot from the network.'
  return detail?.machine.firmware === 'uefi' ? 'Next: restart the machine so that it boots from the network once: with efibootmgr -n and the number of its network entry, by its boot menu, or by its BMC.'
    : 'Next: restart the machine so that it boots from the network: by its boot order, its boot menu, or its BMC.'
}

/** Shows an order for a machine that was never seen, and what becomes of it. */
export function showExpected(terminal: Terminal, order: Order, ref: string, identity: NamedIdentity | undefined): void {
  const proven = (identity?.serial ?? identity?.uuid) !== undefined && (identity?.disks ?? []).length > 0
  terminal.line([{ text: 'Armed', tone: 'good' }, `: install ${order.os} on ${ref} as ${order.name}. It was never seen: the order waits for it.`])
  terminal.print(renderTable(null, [['  role', order.role], ['  order', order.id], wiped(order)], terminal.color))
  terminal.line(proven ? 'It goes on by itself once that machine network-boots and has what the order names.' : `Once it network-boots it is discovered, and the order asks: only its MAC is known. Then: labctl provision confirm ${order.name}`)
  terminal.line(`Next: boot it from the network; labctl provision watch ${order.name}`)
}
