// Machines, orders and timelines as the control plane tells them.
import { Type, type Static, type TSchema } from 'typebox'
import { ChangesSchema, DifferingReportSchema } from './differing-report.ts'
import { FactsSchema } from './facts.ts'
import { LabelsSchema } from './labels.ts'
import { InstallerHintSchema } from './machine-logs.ts'
import { EffectiveSettingsSchema, MachineSettingsSchema } from './machine-settings.ts'
import { digest, ProofSchema } from './plan-request.ts'
import { StorageRecordSchema } from './storage-record.ts'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const text = orNull(Type.String())
const time = Type.Integer({ description: 'Milliseconds since 1970' })

/** Where a machine is in its life. `expected`: an order waits for it, and it was never seen. */
export const MachineStateSchema = Type.Enum(['discovered', 'installed', 'enrolled', 'limbo', 'expected'])
export type MachineState = Static<typeof MachineStateSchema>

/** Where an order is. `done` once the installer, or the first boot, proved that it finished. `unconfirmed`: it was given before its machine was seen, and an operator has to say that the one which came is meant. */
export const OrderStateSchema = Type.Enum(['unconfirmed', 'armed', 'installing', 'done', 'failed', 'contested', 'cancelled'])
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

/** What an entry says to programs. `what`: the DHCP word, `sent` or `missing` over TFTP, `fetched` or `broken` over HTTP, the kind of a dispatch's answer. `client`: who spoke, as its DHCP classes say. `architecture`: DHCP option 93. */
export const EntryDetailSchema = Type.Object({
  what: Type.String(),
  client: Type.Optional(Type.Enum(['firmware', 'ipxe', 'system'])),
  architecture: Type.Optional(Type.Integer()),
  file: Type.Optional(Type.String()),
})
export type EntryDetail = Static<typeof EntryDetailSchema>

export const TimelineEntrySchema = Type.Object({
  id: Type.Integer(),
  at: time,
  machine: text,
  mac: text,
  phase: Type.String({ description: 'dhcp, tftp, dispatched, kernel, ramdisk, facts ... or operator' }),
  evidence: Type.String({ description: 'What proves it: dhcp-log, tftp-log, http, ticket, bearer, signature, operator, bastion' }),
  text: Type.String(),
  alarm: Type.Boolean(),
  detail: Type.Optional(orNull(EntryDetailSchema)),
})
export type TimelineEntry = Static<typeof TimelineEntrySchema>

/** What the silence of a machine most probably means. It goes with the machine's next word, and changes nothing. */
export const VerdictSchema = Type.Object({
  code: Type.String(),
  because: Type.String({ description: 'What was seen last, for how long nothing came, and what that most probably means' }),
  nextStep: Type.String(),
  since: time,
})
export type Verdict = Static<typeof VerdictSchema>

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
  verdict: Type.Optional(orNull(VerdictSchema)),
  role: Type.Optional(orNull(Type.String({ description: 'What an operator said that it is for' }))),
  labels: Type.Optional(LabelsSchema),
  problem: Type.Optional(orNull(Type.String({ description: 'Of one that was never seen: why a machine that came was not given what was imported for it' }))),
})
export type MachineSummary = Static<typeof MachineSummarySchema>

/** A MAC that network-boots here and is no machine yet: it has told no facts. */
export const StrangerSchema = Type.Object({
  mac: Type.String(),
  address: text,
  lastSeenAt: time,
  phase: Type.String({ description: 'Of its last timeline entry' }),
  text: Type.String({ description: 'Of its last timeline entry' }),
  verdict: orNull(VerdictSchema),
})
export type Stranger = Static<typeof StrangerSchema>

export const MachineDetailSchema = Type.Object({
  machine: MachineSummarySchema,
  facts: orNull(FactsSchema),
  orders: Type.Array(OrderSchema),
  record: Type.Optional(orNull(StorageRecordSchema)),
  settings: Type.Optional(EffectiveSettingsSchema),
  proof: Type.Optional(orNull(ProofSchema)),
  report: Type.Optional(DifferingReportSchema),
  changes: Type.Optional(ChangesSchema),
  hint: Type.Optional(orNull(InstallerHintSchema)),
  timeline: Type.Array(TimelineEntrySchema),
})
export type MachineDetail = Static<typeof MachineDetailSchema>

/** What an order says that its machine is known by. With a serial or UUID of the system and a disk, an order for a machine never seen goes on by itself. */
export const NamedIdentitySchema = Type.Object({
  uuid: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$', description: 'SMBIOS UUID' })),
  serial: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Serial number of the system' })),
  disks: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 64, description: 'Disks that it has: serial, WWN or by-id name' })),
}, { additionalProperties: false })
export type NamedIdentity = Static<typeof NamedIdentitySchema>

/** The body of `POST /api/install`. */
export const InstallRequestSchema = Type.Object({
  machine: Type.String({ minLength: 1, maxLength: 64, description: 'Name, MAC, SMBIOS UUID or internal id; a MAC may be one that was never seen' }),
  name: Type.String({ minLength: 1, maxLength: 63 }),
  role: Type.Optional(Type.String({ minLength: 1, maxLength: 31 })),
  os: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
  wipe: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 64 })),
  shown: Type.Optional(digest),
  settings: Type.Optional(MachineSettingsSchema),
  identity: Type.Optional(NamedIdentitySchema),
}, { additionalProperties: false })
export type InstallRequest = Static<typeof InstallRequestSchema>
