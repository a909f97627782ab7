import type { MachineSummary, Order, OrderState } from '../../protocol/machines.ts'
import type { Span, Tone } from './render-spans.ts'

const tones: Record<OrderState, Tone> = { unconfirmed: 'bad', armed: 'warning', installing: 'warning', done: 'good', failed: 'bad', contested: 'bad', cancelled: 'faint' }

/** An order in a few words: `install: armed`, `reprovision: image 40%`. */
export function renderOrder(order: Order): Span {
  const at = order.state === 'installing' ? `${order.phase ?? 'begun'}${order.percent === null ? '' : ` ${Math.round(order.percent)}%`}` : order.state
  return { text: `${order.kind}: ${at}`, tone: tones[order.state] }
}

/** What an order asks for, as the words after "to": `install debian-13 as worker-1`. */
export function renderTask({ kind, os, name, wipe }: Order): string {
  switch (kind) {
    case 'install': return `install ${os} as ${name}`
    case 'reprovision': return `reprovision ${name} with ${os}`
    case 'rescue': return `rescue ${name}`
    case 'erase': return `erase ${wipe.join(', ')} of ${name}`
  }
}

/** A machine's state in a few words: `discovered, waiting`. */
export function renderState(machine: MachineSummary): Span {
  const tone: Tone = machine.state === 'limbo' ? 'bad' : machine.state === 'discovered' || machine.state === 'expected' ? 'plain' : 'good'
  return { text: `${machine.state}${machine.waiting ? ', waiting' : ''}`, tone }
}

/** What to type for a machine: its name, else its first MAC, else, of one never seen, its serial, else its internal id. */
export function renderReference(machine: MachineSummary): string {
  return machine.name ?? machine.macs[0] ?? machine.serial ?? machine.id
}

/** Maker and product in one text; `-` when neither is known. */
export function renderModel(machine: MachineSummary): string {
  return [machine.manufacturer, machine.product].filter(part => part !== null && part !== '').join(' ') || '-'
}
