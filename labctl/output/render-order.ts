import type { MachineSummary, Order, OrderState } from '../../protocol/machines.ts'
import type { Span, Tone } from './render-spans.ts'

const tones: Record<OrderState, Tone> = { armed: 'warning', installing: 'warning', done: 'good', failed: 'bad', contested: 'bad', cancelled: 'faint' }

/** An order in a few words: `installing: disks 40%`. */
export function renderOrder(order: Order): Span {
  const at = order.state === 'installing' && order.phase !== null ? `: ${order.phase}${order.percent === null ? '' : ` ${Math.round(order.percent)}%`}` : ''
  return { text: `${order.state}${at}`, tone: tones[order.state] }
}

/** A machine's state in a few words: `discovered, waiting`. */
export function renderState(machine: MachineSummary): Span {
  const tone: Tone = machine.state === 'limbo' ? 'bad' : machine.state === 'discovered' ? 'plain' : 'good'
  return { text: `${machine.state}${machine.waiting ? ', waiting' : ''}`, tone }
}

/** What to type for a machine: its name, else its first MAC, else its internal id. */
export function renderReference(machine: MachineSummary): string {
  return machine.name ?? machine.macs[0] ?? machine.id
}

/** Maker and product in one text; `-` when neither is known. */
export function renderModel(machine: MachineSummary): string {
  return [machine.manufacturer, machine.product].filter(part => part !== null && part !== '').join(' ') || '-'
}
