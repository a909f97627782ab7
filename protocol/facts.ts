// What a machine is made of, as parsed from what it reported. Every key is always present: null means "asked, and there is none or it can't be known".
import { Type, type Static, type TSchema } from 'typebox'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const text = orNull(Type.String())

/** What the bytes at one place say they are: a file system, an LVM or RAID label, LUKS, swap ... as blkid names them. */
export const SignatureSchema = Type.Object({
  type: Type.String({ description: 'blkid TYPE: ext4, xfs, vfat, swap, LVM2_member, linux_raid_member, crypto_LUKS ...' }),
  uuid: text,
  label: text,
})
export type Signature = Static<typeof SignatureSchema>

export const PartitionSchema = Type.Object({
  name: Type.String({ description: 'Kernel name, for messages only; never used to choose' }),
  number: Type.Integer(),
  startBytes: Type.Integer(),
  sizeBytes: Type.Integer(),
  typeGuid: text,
  partUuid: text,
  label: text,
  signature: orNull(SignatureSchema),
})
export type Partition = Static<typeof PartitionSchema>

export const DiskSchema = Type.Object({
  name: Type.String({ description: 'Kernel name (sda, nvme0n1), for messages only; never used to choose' }),
  byId: Type.Array(Type.String(), { description: 'Names under /dev/disk/by-id, without the folder' }),
  model: text,
  vendor: text,
  serial: text,
  wwn: text,
  sizeBytes: Type.Integer(),
  rotational: Type.Boolean(),
  removable: Type.Boolean(),
  readOnly: Type.Boolean(),
  logicalSectorBytes: Type.Integer(),
  physicalSectorBytes: Type.Integer(),
  transport: text,
  table: orNull(Type.Object({ type: Type.String({ description: 'gpt, dos ...; gpt-damaged: only the copy at the disk’s end is whole' }), uuid: text })),
  signature: orNull(SignatureSchema),
  partitions: Type.Array(PartitionSchema),
})
export type Disk = Static<typeof DiskSchema>

export const PhysicalVolumeSchema = Type.Object({
  device: Type.String({ description: 'Kernel path, for messages only' }),
  uuid: Type.String(),
  group: text,
  sizeBytes: Type.Integer(),
  freeBytes: Type.Integer(),
  missing: Type.Boolean(),
  duplicate: Type.Boolean(),
})
export const VolumeGroupSchema = Type.Object({
  name: Type.String(),
  uuid: Type.String(),
  extentBytes: Type.Integer(),
  sizeBytes: Type.Integer(),
  freeBytes: Type.Integer(),
  systemId: text,
  exported: Type.Boolean(),
  partial: Type.Boolean(),
  tags: Type.Array(Type.String()),
})
export const LogicalVolumeSchema = Type.Object({
  group: Type.String(),
  groupUuid: Type.String(),
  name: Type.String(),
  uuid: Type.String(),
  sizeBytes: Type.Integer(),
  segmentType: Type.String({ description: 'linear, thin, thin-pool, raid1, snapshot ...' }),
  attributes: Type.String({ description: 'lv_attr, as lvs(8) documents it' }),
  origin: text,
  pool: text,
  tags: Type.Array(Type.String()),
  signature: orNull(SignatureSchema),
})
export type PhysicalVolume = Static<typeof PhysicalVolumeSchema>
export type VolumeGroup = Static<typeof VolumeGroupSchema>
export type LogicalVolume = Static<typeof LogicalVolumeSchema>

export const RaidArraySchema = Type.Object({
  uuid: Type.String(),
  name: text,
  level: text,
  devices: Type.Optional(Type.Integer({ description: 'How many members it has when it is whole' })),
  states: Type.Optional(Type.Array(Type.String(), { description: 'Array State as each member remembers it: A active, . missing' })),
  members: Type.Array(Type.Object({ device: Type.String(), role: text, events: orNull(Type.Integer()) })),
})
export type RaidArray = Static<typeof RaidArraySchema>

export const NicSchema = Type.Object({
  name: Type.String(),
  mac: Type.String({ description: 'Lower case, colons' }),
  driver: text,
  linkUp: orNull(Type.Boolean()),
  speedMbps: orNull(Type.Integer()),
})
export type Nic = Static<typeof NicSchema>

/** Everything that a machine reported about itself, parsed and validated (row L2 of the product's promises). */
export const FactsSchema = Type.Object({
  version: Type.Literal(1),
  architecture: Type.String({ description: 'uname -m: x86_64, aarch64' }),
  firmware: Type.Union([Type.Literal('bios'), Type.Literal('uefi')]),
  system: Type.Object({
    uuid: text, serial: text, manufacturer: text, product: text, assetTag: text,
    boardSerial: text, biosVendor: text, biosVersion: text,
  }),
  cpu: Type.Object({ model: text, sockets: Type.Integer(), cores: Type.Integer(), threads: Type.Integer() }),
  memory: Type.Object({
    totalBytes: Type.Integer(),
    modules: Type.Array(Type.Object({
      locator: text, sizeBytes: Type.Integer(), type: text, speedMtps: orNull(Type.Integer()),
      manufacturer: text, serial: text, partNumber: text,
    })),
  }),
  disks: Type.Array(DiskSchema),
  lvm: Type.Object({
    physicalVolumes: Type.Array(PhysicalVolumeSchema),
    volumeGroups: Type.Array(VolumeGroupSchema),
    logicalVolumes: Type.Array(LogicalVolumeSchema),
    warnings: Type.Array(Type.String(), { description: 'What LVM itself complained of' }),
  }),
  raid: Type.Array(RaidArraySchema),
  nics: Type.Array(NicSchema),
  boot: Type.Object({
    current: text,
    order: Type.Array(Type.Object({ id: Type.String(), label: Type.String(), active: Type.Boolean() })),
  }),
  bmc: Type.Boolean(),
  tpm: orNull(Type.String({ description: 'TPM version: 1.2, 2.0' })),
  clock: Type.Object({
    systemEpoch: orNull(Type.Integer({ description: 'Seconds since 1970, before the clock was set' })),
    rtcEpoch: orNull(Type.Integer({ description: 'Seconds since 1970, of the hardware clock' })),
  }),
})
/** See {@link FactsSchema}. */
export type Facts = Static<typeof FactsSchema>
