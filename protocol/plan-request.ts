// Asking for a plan before anything is armed, and the orders beside install.
import { Type, type Static } from 'typebox'
import { FactsSchema } from './facts.ts'
import { LayoutSchema } from './layout.ts'
import { MachineSettingsSchema } from './machine-settings.ts'
import { RefusalSchema } from './refusal.ts'
import { StoragePlanSchema } from './storage-plan.ts'
import { RecordFileSchema, StorageRecordSchema } from './storage-record.ts'

const machine = Type.String({ minLength: 1, maxLength: 64, description: 'Name, MAC, SMBIOS UUID or internal id' })
const identities = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 64 })
const accept = Type.Array(Type.String({ pattern: '^[a-z-]{1,40}=[^\\s=]{1,200}$' }), { maxItems: 64, description: 'Overrides, as in lost-volume=srv' })
/** Of a plan that an operator was shown. */
export const digest = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the plan that the operator was shown' })
const role = Type.String({ minLength: 1, maxLength: 31 })
const os = Type.String({ minLength: 1, maxLength: 63 })

/** The body of `POST /api/plan`: for a machine from its last facts, or for facts, record and layout given here. Nothing is armed. */
export const PlanRequestSchema = Type.Object({
  machine: Type.Optional(machine),
  order: Type.Enum(['install', 'reprovision']),
  retry: Type.Optional(Type.Boolean({ description: 'As the next attempt of the machine’s open order: its role and operating system, what it may wipe and what its earlier attempts left; wipe and accept given here are added' })),
  role: Type.Optional(role),
  os: Type.Optional(os),
  wipe: Type.Optional(identities),
  accept: Type.Optional(accept),
  facts: Type.Optional(FactsSchema),
  record: Type.Optional(Type.Union([RecordFileSchema, StorageRecordSchema])),
  layout: Type.Optional(LayoutSchema),
  face: Type.Optional(Type.Enum(['shell', 'kickstart'], { description: 'Also as shell steps, or as a kickstart: the whole one for an operating system from an installation tree, else its storage commands' })),
}, { additionalProperties: false })
export type PlanRequest = Static<typeof PlanRequestSchema>

/** What `POST /api/plan` answers, with status 200 either way. */
export const PlanAnswerSchema = Type.Union([
  Type.Object({ kind: Type.Literal('plan'), plan: StoragePlanSchema, digest, text: Type.Union([Type.String(), Type.Null()], { description: 'The face asked for' }) }),
  Type.Object({ kind: Type.Literal('refused'), refusals: Type.Array(RefusalSchema) }),
])
export type PlanAnswer = Static<typeof PlanAnswerSchema>

/** The body of `POST /api/reprovision`. `shown`: what the operator saw and agreed to; without it the order is refused. */
export const ReprovisionRequestSchema = Type.Object({
  machine, shown: digest, settings: Type.Optional(MachineSettingsSchema), name: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Where it is missing: the name that the machine has' })), role: Type.Optional(role), os: Type.Optional(os), accept: Type.Optional(accept), wipe: Type.Optional(identities),
}, { additionalProperties: false })
export type ReprovisionRequest = Static<typeof ReprovisionRequestSchema>

/** The body of `POST /api/machines/:machine/adopt`. Without `shown` it only tells what would be recorded. */
export const AdoptRequestSchema = Type.Object({
  role: Type.Optional(role), volumes: RecordFileSchema.properties.volumes, shown: Type.Optional(digest),
}, { additionalProperties: false })
export type AdoptRequest = Static<typeof AdoptRequestSchema>

/** What adopting answers: the record as it would be, or is. */
export const AdoptAnswerSchema = Type.Object({ recorded: Type.Boolean(), record: StorageRecordSchema, digest, notes: Type.Array(Type.String()) })
export type AdoptAnswer = Static<typeof AdoptAnswerSchema>

/** The body of `POST /api/machines/:machine/rescue`. */
export const RescueRequestSchema = Type.Object({}, { additionalProperties: false })
/** The body of `POST /api/machines/:machine/erase`: each disk with its serial typed again. */
export const EraseRequestSchema = Type.Object({
  disks: Type.Array(Type.Object({ disk: Type.String({ minLength: 1, maxLength: 200 }), serial: Type.String({ minLength: 1, maxLength: 200 }) }, { additionalProperties: false }), { minItems: 1, maxItems: 64 }),
}, { additionalProperties: false })
export type EraseRequest = Static<typeof EraseRequestSchema>

/** The body of `POST /api/machines/:machine/retry`: an order that had a plan shown needs the new one shown. */
export const RetryRequestSchema = Type.Object({ shown: Type.Optional(digest), accept: Type.Optional(accept), wipe: Type.Optional(identities) }, { additionalProperties: false })
export type RetryRequest = Static<typeof RetryRequestSchema>

/** The body of `POST /api/machines/:machine/confirm`: this is the machine that an order meant which was given before it was seen. */
export const ConfirmRequestSchema = Type.Object({ shown: Type.Optional(digest), wipe: Type.Optional(identities) }, { additionalProperties: false })
export type ConfirmRequest = Static<typeof ConfirmRequestSchema>

/** One kept volume, before and after: the proof that an order lost nothing. */
export const ProofRowSchema = Type.Object({
  volume: Type.String({ description: 'group/name' }), mount: Type.Union([Type.String(), Type.Null()]),
  what: Type.Enum(['volume-uuid', 'filesystem-uuid', 'size-bytes', 'mounted-device'], { description: 'mounted-device: only where the first boot found another device, or none, at the volume’s mount point' }),
  before: Type.Union([Type.String(), Type.Null()]), after: Type.Union([Type.String(), Type.Null()]), atFirstBoot: Type.Union([Type.String(), Type.Null()]),
  same: Type.Boolean(),
})
export const ProofSchema = Type.Object({ order: Type.String(), rows: Type.Array(ProofRowSchema), same: Type.Boolean() })
export type Proof = Static<typeof ProofSchema>
