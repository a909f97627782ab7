import type { Disk, Facts, LogicalVolume, Partition, PhysicalVolume, VolumeGroup } from '../../../protocol/facts.ts'

export const GiB = 2 ** 30

/** An empty SATA-like disk; the serial follows from the name. */
export function diskOf(name: string, more: Partial<Disk> = {}): Disk {
  const serial = more.serial === undefined ? `SER-${name}` : more.serial
  return {
    name, byId: [...(serial === null ? [] : [`ata-QEMU_HARDDISK_${serial}`]), ...(more.wwn == null ? [] : [`wwn-${more.wwn}`])],
    model: 'QEMU HARDDISK', vendor: 'ATA', serial, wwn: null, sizeBytes: 32 * GiB, rotational: false, removable: false, readOnly: false,
    logicalSectorBytes: 512, physicalSectorBytes: 512, transport: 'sata', table: null, signature: null, partitions: [], ...more,
  }
}

export function partitionOf(name: string, number: number, more: Partial<Partition> = {}): Partition {
  return { name, number, startBytes: number * GiB, sizeBytes: GiB, typeGuid: null, partUuid: null, label: null, signature: null, ...more }
}

export function physicalVolumeOf(device: string, group: string, more: Partial<PhysicalVolume> = {}): PhysicalVolume {
  return { device, uuid: `pv-${device}`, group, sizeBytes: GiB, freeBytes: 0, missing: false, duplicate: false, ...more }
}

export function groupOf(name: string, more: Partial<VolumeGroup> = {}): VolumeGroup {
  return { name, uuid: `vg-${name}`, extentBytes: 4 * 2 ** 20, sizeBytes: GiB, freeBytes: 0, systemId: null, exported: false, partial: false, tags: [], ...more }
}

export function volumeOf(group: string, name: string, more: Partial<LogicalVolume> = {}): LogicalVolume {
  return { group, groupUuid: `vg-${group}`, name, uuid: `lv-${group}-${name}`, sizeBytes: GiB, segmentType: 'linear', attributes: '-wi-------', origin: null, pool: null, tags: [], signature: null, ...more }
}

/** Facts of a machine with these disks and this LVM. */
export function factsOf(disks: Disk[], more: Partial<Facts['lvm']> & Partial<Pick<Facts, 'raid' | 'firmware'>> = {}): Facts {
  const { raid = [], firmware = 'bios', ...lvm } = more
  return {
    version: 1, architecture: 'x86_64', firmware,
    system: { uuid: null, serial: null, manufacturer: null, product: null, assetTag: null, boardSerial: null, biosVendor: null, biosVersion: null },
    cpu: { model: null, sockets: 1, cores: 2, threads: 2 }, memory: { totalBytes: 2 * GiB, modules: [] },
    disks, lvm: { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: [], ...lvm }, raid,
    nics: [], boot: { current: null, order: [] }, bmc: false, tpm: null, clock: { systemEpoch: null, rtcEpoch: null },
  }
}
