// What operators know of many machines at once: names, roles, labels and settings, by MAC, UUID or serial.
import { Type, type Static } from 'typebox'
import { LabelChangesSchema, LabelsSchema } from './labels.ts'
import { MachineSettingsSchema } from './machine-settings.ts'

const text = Type.Union([Type.String(), Type.Null()])
const short = (description: string, maxLength = 64) => Type.Optional(Type.String({ minLength: 1, maxLength, description }))

/** The most machines of one import. */
export const mostImported = 2000

/** One machine. What is not said of it stays as it is. */
export const ImportRowSchema = Type.Object({
  line: Type.Optional(Type.Integer({ minimum: 1, description: 'Where it stands in the operator’s file, for messages' })),
  mac: short('One of its MACs'),
  uuid: short('Its SMBIOS UUID'),
  serial: short('Its serial number', 200),
  name: short('One DNS label'),
  role: short('One of those in `install.layouts`', 31),
  labels: Type.Optional(LabelChangesSchema),
  settings: Type.Optional(MachineSettingsSchema),
}, { additionalProperties: false })
/** See {@link ImportRowSchema}. */
export type ImportRow = Static<typeof ImportRowSchema>

/** The body of `POST /api/import`. All of it is taken, or nothing. */
export const ImportRequestSchema = Type.Object({
  rows: Type.Array(ImportRowSchema, { maxItems: mostImported }),
  dryRun: Type.Optional(Type.Boolean({ description: 'Only tell what would change' })),
}, { additionalProperties: false })
export type ImportRequest = Static<typeof ImportRequestSchema>

/** One thing that changes; null where there was nothing, or is nothing any more. */
export const ImportChangeSchema = Type.Object({ what: Type.String(), was: text, is: text })
export type ImportChange = Static<typeof ImportChangeSchema>

/** What `POST /api/import` answers: for each row what changed, or would. */
export const ImportAnswerSchema = Type.Object({
  dryRun: Type.Boolean(),
  rows: Type.Array(Type.Object({
    line: Type.Union([Type.Integer(), Type.Null()]),
    machine: Type.String({ description: 'What to call it: its name, MAC, UUID or serial' }),
    seen: Type.Boolean({ description: 'False: it waits for a machine that was never seen' }),
    changes: Type.Array(ImportChangeSchema, { description: 'Empty when all of it is so already' }),
  })),
})
export type ImportAnswer = Static<typeof ImportAnswerSchema>

/** The body of `PATCH /api/machines/:machine/labels`, and its answer. */
export const LabelRequestSchema = Type.Object({ labels: LabelChangesSchema }, { additionalProperties: false })
export const LabelAnswerSchema = Type.Object({ machine: Type.String(), seen: Type.Boolean(), labels: LabelsSchema, changes: Type.Array(ImportChangeSchema) })
export type LabelAnswer = Static<typeof LabelAnswerSchema>
