// What a progress report changes, for the boot that sends it: the order's phase, its end, the machine's state. Progress is what the machine proved.
import { Type, type Static } from 'typebox'
import { phases } from '../../protocol/machines.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { describeDamage, judgeFirstBootProof, type KeptAtFirstBoot } from '../install/judge-proof.ts'
import type { InstallPlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { recordWithout } from '../volumes/record-without.ts'
import type { BootRoom } from './boot-room.ts'
import { treeOf } from './order-tree.ts'
import type { Ticket } from './ticket-store.ts'

const readOrNot = Type.Union([Type.String({ maxLength: 64 }), Type.Null()])

/** The body of `POST /api/boot/progress`. `rescue`: SSH answers, in the words of the message; `erased`: every disk of the order was. */
export const ProgressSchema = Type.Object({
  phase: Type.Enum([...phases, 'rescue', 'erased', 'failed']),
  message: Type.Optional(Type.String({ maxLength: 2000 })),
  percent: Type.Optional(Type.Union([Type.Number({ minimum: 0, maximum: 100 }), Type.Null()])),
  attempt: Type.Optional(Type.Integer({ minimum: 0 })),
  order: Type.Optional(Type.String({ maxLength: 64 })),
  machine: Type.Optional(Type.String({ maxLength: 64 })),
  bootId: Type.Optional(Type.String({ maxLength: 64 })),
  at: Type.Optional(Type.Integer()),
  kept: Type.Optional(Type.Array(Type.Object({
    volume: Type.String({ maxLength: 300 }), uuid: readOrNot, filesystemUuid: readOrNot, sizeBytes: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]),
    mountedFrom: Type.Optional(readOrNot),
  }, { additionalProperties: false }), { maxItems: 1000, description: 'What the first boot reads of each volume that was kept; `volume` is group/name. `mountedFrom`: what is mounted at its mount point, null for nothing; left out where it is the volume itself' })),
}, { additionalProperties: false })
export type Progress = Static<typeof ProgressSchema>

/** What a phase means when the machine adds no words of its own. */
const sentences: Partial<Record<Progress['phase'], string>> = {
  disks: 'The disks are still what the plan says; they are being written from now on.',
  image: 'Partitions, volumes and file systems are made; the root image is being fetched and unpacked.',
  packages: 'Partitions, volumes and file systems are made; packages are being installed.',
  configure: 'The root image is unpacked and its checksum is right; names, keys, network and boot loader are being set.',
  reboot: 'Everything is in place; the machine restarts.',
  rescue: 'The machine can be entered over SSH.',
  erased: 'The disks are erased.',
}
/** The same for an order that erases, and for one whose system Anaconda installs. */
const eraseSentences: typeof sentences = { ...sentences, disks: 'The disks are still those of the order; they are being erased from now on.' }
const installerSentences: typeof sentences = { ...sentences, configure: 'The packages and the boot loader are installed; users, keys and network are being set.' }

/** What the RAM disk or an installer can prove with its boot's bearer, in this order; the rest is proved by a signature or a certificate. */
const provable: readonly Progress['phase'][] = ['dispatched', 'kernel', 'ramdisk', 'facts', 'rescue', 'disks', 'image', 'packages', 'configure', 'erased', 'reboot']

/** Takes progress that came with a bearer; an order's phase only ever goes forward. Refuses a phase that no bearer proves, and that of an attempt that is no longer the order's: its machine must stop before it writes anything. */
export function takeProgress(room: BootRoom, ticket: Ticket, progress: Progress): Refusal | null {
  const failed = progress.phase === 'failed'
  if (!failed && !provable.includes(progress.phase)) return { code: 'phase-unproven', because: `A bearer does not prove the phase ${progress.phase}.`, nextStep: 'Sign the report with the machine’s key, as the first boot does.' }
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  const text = progress.message ?? sentencesFor(room, order)[progress.phase] ?? progress.phase
  const news = order === null || order.phase !== progress.phase || progress.message !== undefined
  const current = order !== null && order.state === 'installing' && order.consumedAttempt === ticket.attempt
  const forward = provable.indexOf(progress.phase) >= provable.indexOf(order?.phase as Progress['phase'])
  if (current && !failed && forward) room.orders.putProgress(order.id, progress.phase, progress.percent ?? null)
  if (news) room.timeline.put({ machine: ticket.machine, mac: ticket.mac, phase: progress.phase, evidence: 'bearer', text })
  room.tickets.putLastWord(ticket.id)
  if (!current) return order === null || (order.state === 'done' && order.consumedAttempt === ticket.attempt) ? null : over(order)
  if (failed) room.orders.putState(order.id, ['installing'], 'failed', text)
  // From its first write on, what ran on the disks is no system to start any more.
  if (progress.phase === 'disks' && order.kind !== 'erase') room.machines.putState(order.machine, 'discovered')
  if (order.kind === 'erase' && (progress.phase === 'erased' || progress.phase === 'reboot')) finishErase(room, order)
  else if (progress.phase === 'reboot' && order.kind !== 'rescue') finish(room, order, ['installing'], null)
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
  return null
}

function sentencesFor(room: BootRoom, order: StoredOrder | null): typeof sentences {
  if (order?.kind === 'erase') return eraseSentences
  return order !== null && treeOf(room, order) !== null ? installerSentences : sentences
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
  proveFirstBoot(room, order, progress.kept ?? null)
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

/** What was kept, read once more by the system that found it. A first boot that reads nothing (an older image) proves nothing, and takes nothing back. */
function proveFirstBoot(room: BootRoom, order: StoredOrder, read: readonly KeptAtFirstBoot[] | null): void {
  const kept = (order.plan as InstallPlan | null)?.storage?.kept ?? []
  if (read === null || kept.length === 0) return
  const proof = judgeFirstBootProof(order.id, kept, order.proof, read)
  room.orders.putProof(order.id, proof)
  const entry = { machine: order.machine, mac: null, phase: 'proof', evidence: 'signature' }
  if (proof.same) room.timeline.put({ ...entry, text: 'At its first boot, everything that was kept is the same as before.' })
  for (const text of describeDamage(proof, 'atFirstBoot')) room.timeline.put({ ...entry, text: `At the first boot: ${text}`, alarm: true })
}

/** What stood on the disks is not on record any more, and a machine without its system disk is one to be ordered something for. */
function finishErase(room: BootRoom, order: StoredOrder): void {
  room.database.transaction(() => {
    if (!room.orders.putState(order.id, ['installing'], 'done', null)) return
    room.tickets.voidOfOrder(order.id, 'its order is done')
    const record = room.records.find(order.machine)
    const left = record === null ? null : recordWithout(record, order.wipe, room.machines.findById(order.machine)!.facts)
    if (left !== null) return room.records.put(order.machine, left)
    room.records.remove(order.machine)
    room.machines.putState(order.machine, 'discovered')
  }).immediate()
}
