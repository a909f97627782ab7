// What the shell steps of an install are told, every key present: the storage plan put into the words of the programs that carry it out.
import { Type, type Static, type TSchema } from 'typebox'
import { SettingsStepsSchema } from './settings-views.ts'

const text = Type.String()
const word = Type.String({ pattern: '^[\\w.:/,=@+-]+$' })
const number = Type.Integer()
const place = { group: text, name: text, uuid: text }
const list = <T extends TSchema>(item: T) => Type.Array(item)

/** The view of `templates/install/*.sh.hbs`. */
export const StepsViewSchema = Type.Object({
  name: word, mac: word, order: text, attempt: number,
  reprovision: Type.Boolean(), left: text,
  programs: list(text),
  disks: list(Type.Object({
    byId: text, path: text, serial: text, sizeBytes: number, logicalSectorBytes: number, signature: text, signatureUuid: text, tableUuid: text, wipe: Type.Boolean(), fresh: Type.Boolean(), newTableUuid: text,
    probeOffsets: list(number),
    partitions: list(Type.Object({ number, start: number, sectors: number, signature: text, uuid: text, partUuid: text })),
    planned: list(Type.Object({ number, variable: word, start: number, sectors: number, new: text, typecode: text, guid: text, name: text })),
  })),
  groups: list(Type.Object({ name: text, root: Type.Boolean(), fresh: Type.Boolean(), extentSize: text, marking: text, folder: text, taken: text, physicalVolumes: list(Type.Object({ uuid: text, variable: word })) })),
  /** Lines as LVM's reports have them; `uuids` of the groups that are used again. */
  expected: Type.Object({ uuids: list(text), groups: list(text), physicalVolumes: list(text), volumes: list(text) }),
  kept: list(Type.Object({ uuid: text, line: text })),
  rootGroupUuid: text,
  /** Volumes that are kept and mounted. */
  rehearsed: list(Type.Object({ ...place, filesystem: text, filesystemUuid: text, mount: text })),
  /** Volumes of the old system that are made anew, parents before children. */
  olds: list(Type.Object({ ...place, mount: text })),
  mustBeEmpty: list(Type.Object({ path: text, volume: text })),
  carrying: Type.Boolean(),
  /** `how`: any ending, or one path. `store`: false for memory only. */
  carryOver: Type.Object({ paths: list(Type.Object({ prefix: text, how: word })), mostMib: number, mayLose: Type.Boolean(), store: Type.Boolean(), ...place, filesystem: text, mount: text, folder: text }),
  adopted: list(Type.Object({ what: text, tag: text, keep: Type.Boolean(), path: text })),
  reformatted: list(Type.Object({ ...place, path: text, device: text, clearing: text })),
  created: list(Type.Object({ group: text, name: text, extents: number, tag: text, what: text, on: list(word) })),
  /** On a partition that `variable` holds, or a volume's device. */
  formats: list(Type.Object({ mkfs: text, clearing: text, variable: text, device: text, uuid: text, xfsUuid: text, volumeId: text, vfat: Type.Boolean(), ext4: Type.Boolean(), xfs: Type.Boolean(), swap: Type.Boolean() })),
  ready: list(text),
  mounts: list(Type.Object({ mount: text, what: text, filesystem: text, options: text, variable: text, device: text })),
  mountPoints: list(text),
  espKept: Type.Boolean(), espVariable: text,
  bootUuid: word, bootVariable: word, bootModule: word,
  ext4Options: list(text),
  image: Type.Object({ url: text, sha256: word, sizeBytes: number, tarBytes: number, storeBytes: number, compressed: Type.Boolean() }),
  fstab: list(Type.Object({ source: word, mount: word, filesystem: word, options: word, pass: number })),
  timezone: word, zoneinfo: text,
  authorizedKeys: list(text),
  hostKeyComment: text,
  kernel: text, kernelArguments: text, linuxArguments: list(word), menuTitle: text,
  grubTerminal: text, grubSerial: text, serialUnit: text, serialSpeed: text,
  uefi: Type.Boolean(),
  /** `partition`: the ESP's number on UEFI, the BIOS boot partition's on BIOS; 0 where there is none. */
  bootEntry: Type.Object({ disk: text, partition: number, partUuid: text, networkFirst: Type.Boolean() }),
  ...SettingsStepsSchema.properties,
})
/** See {@link StepsViewSchema}. */
export type StepsView = Static<typeof StepsViewSchema>
