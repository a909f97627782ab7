// What the shell steps of an install are told, every key present: the storage plan put into the words of the programs that carry it out.
import { Type, type Static, type TSchema } from 'typebox'

const text = Type.String()
const word = Type.String({ pattern: '^[\\w.:/,=@+-]+$' })
const number = Type.Integer()
const list = <T extends TSchema>(item: T) => Type.Array(item)

/** The view of `templates/install/*.sh.hbs`. */
export const StepsViewSchema = Type.Object({
  name: word, mac: word, order: text, attempt: number,
  programs: list(text),
  disks: list(Type.Object({
    byId: text, serial: text, sizeBytes: number, logicalSectorBytes: number, signature: text, signatureUuid: text, tableUuid: text, wipe: Type.Boolean(),
    probeOffsets: list(number),
    partitions: list(Type.Object({ number, start: number, sectors: number, signature: text, uuid: text })),
  })),
  groupFolder: text, groupFolderTaken: text,
  newTableUuid: text,
  partitions: list(Type.Object({ number, start: number, sectors: number, new: text, typecode: text, guid: text, name: text })),
  espVolumeId: text, bootUuid: word,
  ext4Options: list(text),
  group: Type.Object({ name: text, physicalVolumeUuid: text, extentSize: text }),
  volumes: list(Type.Object({
    name: text, device: text, extents: number, tag: text, what: text, mkfs: text, uuid: text, xfsUuid: text,
    ext4: Type.Boolean(), xfs: Type.Boolean(), swap: Type.Boolean(),
  })),
  mounts: list(Type.Object({ mount: text, what: text, filesystem: text, options: text, partition: Type.Boolean(), number, device: text })),
  image: Type.Object({ url: text, sha256: word, sizeBytes: number, tarBytes: number, storeBytes: number, compressed: Type.Boolean() }),
  fstab: list(Type.Object({ uuid: word, mount: word, filesystem: word, options: word, pass: number })),
  timezone: word, zoneinfo: text,
  authorizedKeys: list(text),
  hostKeyComment: text,
  kernel: text, kernelArguments: text, linuxArguments: list(word), menuTitle: text,
  grubTerminal: text, grubSerial: text, serialUnit: text, serialSpeed: text,
  uefi: Type.Boolean(),
  /** `partition`: the ESP's number on UEFI, the BIOS boot partition's on BIOS; 0 where there is none. */
  bootEntry: Type.Object({ disk: text, partition: number, partUuid: text, networkFirst: Type.Boolean() }),
})
/** See {@link StepsViewSchema}. */
export type StepsView = Static<typeof StepsViewSchema>
