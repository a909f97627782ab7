// What the bastion knows of a machine's storage from when it was healthy: what we made, or what an operator let us adopt. Only what stands here may be destroyed by a reprovision.
import { Type, type Static, type TSchema } from 'typebox'
import { FactsSchema } from './facts.ts'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const text = orNull(Type.String())
const origin = Type.Enum(['planned', 'adopted'], { description: 'planned: a plan of ours chose it, and it carries our tag from its first moment; adopted: it was there, and an operator said that it is what it looks like' })

export const RecordedPartitionSchema = Type.Object({
  number: Type.Integer(), role: Type.Enum(['bios-boot', 'esp', 'boot', 'lvm']), partUuid: Type.String(),
  startBytes: Type.Integer(), sizeBytes: Type.Integer(), mount: text,
  physicalVolume: Type.Optional(Type.String({ description: 'UUID of the PV that a plan of ours made there' })),
  filesystem: text, filesystemUuids: Type.Array(Type.String(), { description: 'Every one that was ever chosen for it, the newest last' }),
})
export const RecordedDiskSchema = Type.Object({
  byId: Type.String(), serial: text, wwn: text, sizeBytes: Type.Integer(), logicalSectorBytes: Type.Integer(), tableUuid: text,
  role: Type.Enum(['system', 'data']),
  partitions: Type.Array(RecordedPartitionSchema, { description: 'Ours only' }),
})
export const RecordedGroupSchema = Type.Object({
  name: Type.String(), uuid: orNull(Type.String({ description: 'Null until the machine has proved that it was made' })),
  physicalVolumes: Type.Array(Type.String({ description: 'UUIDs in LVM’s spelling' })),
})
export const RecordedVolumeSchema = Type.Object({
  group: Type.String(), name: Type.String(), mount: Type.String({ description: 'Where the system mounts it, or swap' }),
  keep: Type.Boolean(), origin,
  uuid: orNull(Type.String({ description: 'LV UUID; null until the machine has proved that it was made' })),
  sizeBytes: orNull(Type.Integer()),
  filesystem: text, filesystemUuids: Type.Array(Type.String(), { description: 'Every one that was ever chosen for it, the newest last' }),
})
/** See the file's first line. */
export const StorageRecordSchema = Type.Object({
  version: Type.Literal(1),
  machineId: Type.String(),
  firmware: Type.Enum(['bios', 'uefi']),
  disks: Type.Array(RecordedDiskSchema),
  groups: Type.Array(RecordedGroupSchema),
  volumes: Type.Array(RecordedVolumeSchema),
  inventory: Type.Array(Type.Object({ byId: text, serial: text, wwn: text, sizeBytes: Type.Integer() }), { description: 'Every disk of the healthy machine, ours or not' }),
})
/** See {@link StorageRecordSchema}. */
export type StorageRecord = Static<typeof StorageRecordSchema>
export type RecordedDisk = Static<typeof RecordedDiskSchema>
export type RecordedVolume = Static<typeof RecordedVolumeSchema>

/** A record as a person writes it, for planning from files: the facts of the healthy machine, and which volumes on them are ours. The rest is read off the facts. */
export const RecordFileSchema = Type.Object({
  machineId: Type.Optional(Type.String({ description: 'Internal id; where it is missing, that of the tags, else one of its own' })),
  facts: FactsSchema,
  volumes: Type.Optional(Type.Array(Type.Object({
    group: Type.String(), name: Type.String(), mount: Type.String(), keep: Type.Optional(Type.Boolean({ description: 'Where it is missing, as the layout says' })),
  }, { additionalProperties: false }), { description: 'Ours. Where it is missing: those with a tag of ours, else those that have the group and a name of the layout' })),
}, { additionalProperties: false })
/** See {@link RecordFileSchema}. */
export type RecordFile = Static<typeof RecordFileSchema>
