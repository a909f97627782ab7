// What is known of machines that were never seen: it waits for them, and is theirs when they are discovered.
import { Type, type Static } from 'typebox'
import { LabelsSchema } from './labels.ts'
import { MachineSettingsSchema } from './machine-settings.ts'

const text = Type.Union([Type.String(), Type.Null()])
const time = Type.Integer({ description: 'Milliseconds since 1970' })

/** A machine that was never seen. At least one of MAC, UUID and serial is there; where several are, all of them must agree. */
export const ExpectedMachineSchema = Type.Object({
  id: Type.String(),
  mac: text,
  uuid: text,
  serial: text,
  name: text,
  role: text,
  labels: LabelsSchema,
  settings: MachineSettingsSchema,
  by: Type.String({ description: 'The operator who said it last' }),
  problem: Type.Union([Type.String(), Type.Null()], { description: 'Why a machine that came did not get it; null when none came' }),
  createdAt: time,
  updatedAt: time,
})
/** See {@link ExpectedMachineSchema}. */
export type ExpectedMachine = Static<typeof ExpectedMachineSchema>
