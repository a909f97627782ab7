import type { Disk, Facts } from '../../protocol/facts.ts'

/** An empty disk of 40 GiB. */
export const sampleDisk = (more: Partial<Disk> = {}): Disk => ({
  name: 'vda', byId: ['virtio-disk-1'], model: null, vendor: null, serial: 'disk-1', wwn: null, sizeBytes: 40 * 2 ** 30, rotational: true, removable: false,
  readOnly: false, logicalSectorBytes: 512, physicalSectorBytes: 512, transport: 'virtio', table: null, signature: null, partitions: [], ...more,
})

/** The facts of a small BIOS machine with one empty disk. */
export const sampleFacts = (more: Partial<Facts> = {}): Facts => ({
  version: 1, architecture: 'x86_64', firmware: 'bios',
  system: { uuid: '5e9b7a10-0000-4000-8000-000000000001', serial: 'SN-1', manufacturer: 'QEMU', product: 'Standard PC', assetTag: null, boardSerial: null, biosVendor: 'SeaBIOS', biosVersion: '1.16' },
  cpu: { model: 'QEMU', sockets: 1, cores: 2, threads: 2 }, memory: { totalBytes: 2 ** 31, modules: [] }, disks: [sampleDisk()],
  lvm: { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: [] }, raid: [],
  nics: [{ name: 'eth0', mac: '52:54:00:00:00:01', driver: 'virtio_net', linkUp: true, speedMbps: null }],
  boot: { current: null, order: [] }, bmc: false, tpm: null, clock: { systemEpoch: null, rtcEpoch: null }, ...more,
})
