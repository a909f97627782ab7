// Machines, orders and timelines as the control plane tells them.
import { Type, type Static, type TSchema } from 'typebox'
import { FactsSchema } from './facts.ts'
import { digest, ProofSchema } from './plan-request.ts'
import { StorageRecordSchema } from './storage-record.ts'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const text = orNull(Type.String())
const time = Type.Integer({ description: 'Milliseconds since 1970' })

/** Where a machine is in its life. */
export const MachineStateSchema = Type.Enum(['discovered', 'installed', 'enrolled', 'limbo'])
export type MachineState = Static<typeof MachineStateSchema>

/** Where an order is. `done` once the installer, or the first boot, proved that it finished. */
export const OrderStateSchema = Type.Enum(['armed', 'installing', 'done', 'failed', 'contested', 'cancelled'])
export type OrderState = Static<typeof OrderStateSchema>

/** What the machine proved, in the order in which an install goes through them. */
export const phases = ['dispatched', 'kernel', 'ramdisk', 'facts', 'disks', 'image', 'packages', 'configure', 'reboot', 'first-boot', 'enrolled', 'online'] as const
/** One of {@link phases}. */
export type Phase = typeof phases[number]

/** What an operator asks for a machine. */
export const OrderKindSchema = Type.Enum(['install', 'reprovision', 'rescue', 'erase'])
export type OrderKind = Static<typeof OrderKindSchema>

export const OrderSchema = Type.Object({
  id: Type.String(),
  kind: OrderKindSchema,
  state: OrderStateSchema,
  name: Type.String({ description: 'The name that the machine gets' }),
  role: Type.String(),
  os: Type.String(),
  wipe: Type.Array(Type.String(), { description: 'Identities of disks that may lose what they hold; those to be erased' }),
  accept: Type.Array(Type.String(), { description: 'Refusals that the operator overrides, as in lost-volume=srv' }),
  planShown: Type.Optional(Type.Boolean({ description: 'Its operator was shown a plan: a retry needs the new one shown' })),
  attempt: Type.Integer({ description: 'Counts from 1; provision retry makes the next' }),
  phase: text,
  percent: orNull(Type.Number()),
  because: text,
  createdAt: time,
  updatedAt: time,
})
export type Order = Static<typeof OrderSchema>

export const TimelineEntrySchema = Type.Object({
  id: Type.Integer(),
  at: time,
  machine: text,
  mac: text,
  phase: Type.String({ description: 'dhcp, tftp, dispatched, kernel, ramdisk, facts ... or operator' }),
  evidence: Type.String({ description: 'What proves it: dhcp-log, tftp-log, http, ticket, bearer, signature, operator, bastion' }),
  text: Type.String(),
  alarm: Type.Boolean(),
})
export type TimelineEntry = Static<typeof TimelineEntrySchema>

export const MachineSummarySchema = Type.Object({
  id: Type.String(),
  name: text,
  state: MachineStateSchema,
  macs: Type.Array(Type.String()),
  uuid: text,
  serial: text,
  manufacturer: text,
  product: text,
  firmware: text,
  address: text,
  waiting: Type.Boolean({ description: 'Its RAM disk is polling for an order' }),
  order: orNull(OrderSchema),
  alarms: Type.Integer(),
  lastSeenAt: time,
})
export type MachineSummary = Static<typeof MachineSummarySchema>

export const MachineDetailSchema = Type.Object({
  machine: MachineSummarySchema,
  facts: orNull(FactsSchema),
  orders: Type.Array(OrderSchema),
  record: Type.Optional(orNull(StorageRecordSchema)),
  proof: Type.Optional(orNull(ProofSchema)),
  timeline: Type.Array(TimelineEntrySchema),
})
export type MachineDetail = Static<typeof MachineDetailSchema>

/** The body of `POST /api/install`. */
export const InstallRequestSchema = Type.Object({
  machine: Type.String({ minLength: 1, maxLength: 64, description: 'Name, MAC, SMBIOS UUID or internal id' }),
  name: Type.String({ minLength: 1, maxLength: 63 }),
  role: Type.Optional(Type.String({ minLength: 1, maxLength: 31 })),
  os: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
  wipe: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 64 })),
  shown: Type.Optional(digest),
}, { additionalProperties: false })
export type InstallRequest = Static<typeof InstallRequestSchema>
