// Volumes wanted on disk for a role. Typed, from config, with defaults.
import { Type, type Static } from 'typebox'

const size = Type.Union([
  Type.Integer({ minimum: 1, description: 'Mebibytes' }),
  Type.Literal('rest', { description: 'All that is left; once per layout' }),
], { description: 'Size in MiB, or "rest"' })

/** One logical volume of a layout. */
export const VolumeWantedSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z][a-z0-9_]{0,30}$', description: 'Name of the logical volume' }),
  mount: Type.String({ pattern: '^(swap|/([a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)*)?)$', description: 'Where it is mounted, or "swap"' }),
  filesystem: Type.Union([Type.Literal('ext4'), Type.Literal('xfs'), Type.Literal('swap')], { description: 'What it is formatted with; xfs needs 300 MiB' }),
  sizeMib: size,
  minimumMib: Type.Optional(Type.Integer({ minimum: 1, description: 'For "rest": the least that is acceptable' })),
  keep: Type.Boolean({ description: 'Survives a reprovision' }),
}, { additionalProperties: false })
export type VolumeWanted = Static<typeof VolumeWantedSchema>

/** How the installation disk is chosen: every condition given must hold, and exactly one disk, or the smallest that fits, is taken by `pick`. */
export const DiskRuleSchema = Type.Object({
  id: Type.Optional(Type.String({ description: 'A by-id name, WWN or serial; removable and USB disks are taken only when it names them' })),
  minimumGib: Type.Optional(Type.Integer({ minimum: 1, description: 'Smaller disks are passed over, in GiB' })),
  maximumGib: Type.Optional(Type.Integer({ minimum: 1, description: 'Larger disks are passed over, in GiB' })),
  rotational: Type.Optional(Type.Boolean({ description: 'true: only disks that rotate; false: only those that don’t' })),
  pick: Type.Union([Type.Literal('only'), Type.Literal('smallest'), Type.Literal('largest')], { description: 'only: refuse unless exactly one disk fits; a tie is always refused' }),
}, { additionalProperties: false })
export type DiskRule = Static<typeof DiskRuleSchema>

/** A further disk with a volume group of its own: losing it loses nothing else. */
export const DataDiskSchema = Type.Object({
  disk: DiskRuleSchema,
  group: Type.String({ pattern: '^[a-z][a-z0-9_]{0,30}$', description: 'Name of its volume group' }),
  volumes: Type.Array(VolumeWantedSchema, { minItems: 1 }),
}, { additionalProperties: false })
export type DataDisk = Static<typeof DataDiskSchema>

/** Volumes wanted on disk for a role. */
export const LayoutSchema = Type.Object({
  disk: DiskRuleSchema,
  group: Type.String({ pattern: '^[a-z][a-z0-9_]{0,30}$', description: 'Name of the LVM volume group' }),
  bootMib: Type.Integer({ minimum: 256, description: 'Size of /boot, outside LVM, in MiB' }),
  espMib: Type.Integer({ minimum: 64, description: 'Size of the EFI system partition, in MiB' }),
  volumes: Type.Array(VolumeWantedSchema, { minItems: 1 }),
  data: Type.Optional(Type.Array(DataDiskSchema, { description: 'Further disks, each with a group of its own' })),
}, { additionalProperties: false })
export type Layout = Static<typeof LayoutSchema>
