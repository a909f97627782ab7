// What a progress report changes, for the boot that sends it: the order's phase, its end, the machine's state. Progress is what the machine proved.
import { Type, type Static } from 'typebox'
import { phases } from '../../protocol/machines.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { BootRoom } from './boot-room.ts'
import type { Ticket } from './ticket-store.ts'

/** The body of `POST /api/boot/progress`. */
export const ProgressSchema = Type.Object({
  phase: Type.Enum([...phases, 'failed']),
  message: Type.Optional(Type.String({ maxLength: 2000 })),
  percent: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()])),
  attempt: Type.Optional(Type.Integer({ minimum: 0 })),
  order: Type.Optional(Type.String({ maxLength: 64 })),
  machine: Type.Optional(Type.String({ maxLength: 64 })),
  bootId: Type.Optional(Type.String({ maxLength: 64 })),
  at: Type.Optional(Type.Integer()),
}, { additionalProperties: false })
export type Progress = Static<typeof ProgressSchema>

/** What a phase means when the machine adds no words of its own. */
const sentences: Partial<Record<Progress['phase'], string>> = {
  disks: 'The disks are still what the plan says; they are being written from now on.',
  image: 'Partitions, volumes and file systems are made; the root image is being fetched and unpacked.',
  configure: 'The root image is unpacked and its checksum is right; names, keys, network and boot loader are being set.',
  reboot: 'Everything is in place; the machine restarts.',
}

/** What the RAM disk or an installer can prove with its boot's bearer, in this order; the rest is proved by a signature or a certificate. */
const provable: readonly Progress['phase'][] = ['dispatched', 'kernel', 'ramdisk', 'facts', 'disks', 'image', 'packages', 'configure', 'reboot']

/** Takes progress that came with a bearer; an order's phase only ever goes forward. Refuses a phase that no bearer proves, and that of an attempt that is no longer the order's: its machine must stop before it writes anything. */
export function takeProgress(room: BootRoom, ticket: Ticket, progress: Progress): Refusal | null {
  const failed = progress.phase === 'failed'
  if (!failed && !provable.includes(progress.phase)) return { code: 'phase-unproven', because: `A bearer does not prove the phase ${progress.phase}.`, nextStep: 'Sign the report with the machine’s key, as the first boot does.' }
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  const text = progress.message ?? sentences[progress.phase] ?? progress.phase
  const news = order === null || order.phase !== progress.phase
  const current = order !== null && order.state === 'installing' && order.consumedAttempt === ticket.attempt
  const forward = provable.indexOf(progress.phase) >= provable.indexOf(order?.phase as Progress['phase'])
  if (current && !failed && forward) room.orders.putProgress(order.id, progress.phase, progress.percent ?? null)
  if (news) room.timeline.put({ machine: ticket.machine, mac: ticket.mac, phase: progress.phase, evidence: 'bearer', text })
  room.tickets.putLastWord(ticket.id)
  if (!current) return order === null || (order.state === 'done' && order.consumedAttempt === ticket.attempt) ? null : over(order)
  if (failed) room.orders.putState(order.id, ['installing'], 'failed', text)
  if (progress.phase === 'reboot') finish(room, order, ['installing'], null)
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
  return null
}

function over(order: StoredOrder): Refusal {
  return { code: 'attempt-over', because: `The order for ${order.name} is ${order.state}; this attempt of it is over.`, nextStep: `labctl provision describe ${order.name}` }
}

/** Takes a first boot that was signed with the machine's key. It proves that its attempt finished, whatever messages were lost, and cancels a retry that was not consumed. */
export function takeFirstBoot(room: BootRoom, order: StoredOrder, progress: Progress): void {
  const bootId = progress.bootId === undefined ? '' : ` Boot ${progress.bootId}.`
  if (order.phase !== 'first-boot') room.timeline.put({ machine: order.machine, mac: null, phase: 'first-boot', evidence: 'signature', text: `${order.name} started from its own disk.${bootId}` })
  // An order that was cancelled after it failed had finished all the same, unless a newer one has taken its place.
  const late = room.orders.findOpen(order.machine) === null ? ['cancelled' as const] : []
  finish(room, order, ['installing', 'failed', 'armed', ...late], 'first-boot')
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
}

function finish(room: BootRoom, order: StoredOrder, from: readonly ('installing' | 'failed' | 'armed' | 'cancelled')[], phase: string | null): void {
  room.database.transaction(() => {
    if (phase !== null) room.orders.putProgress(order.id, phase, null)
    if (!room.orders.putState(order.id, from, 'done', null)) return
    room.tickets.voidOfOrder(order.id, 'its order is done')
    room.machines.putState(order.machine, 'installed')
  }).immediate()
}
