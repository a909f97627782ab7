import type { Facts } from '../../protocol/facts.ts'
import type { MachineDetail, MachineSummary, Order, TimelineEntry } from '../../protocol/machines.ts'
import type { OsSource } from '../../protocol/os-sources.ts'

/** A moment all samples are placed at: milliseconds since 1970. */
export const noon = Date.UTC(2026, 10, 21, 12)

export const sampleOrder = (more: Partial<Order> = {}): Order => ({
  id: '0193-order', kind: 'install', state: 'armed', name: 'worker-1', role: 'worker', os: 'debian-13', wipe: [], accept: [], attempt: 1, phase: null, percent: null, because: null, createdAt: noon, updatedAt: noon, ...more,
})

export const sampleMachine = (more: Partial<MachineSummary> = {}): MachineSummary => ({
  id: '0193-machine', name: null, state: 'discovered', macs: ['52:54:00:12:34:56'], uuid: '11111111-2222-3333-4444-555555555555', serial: 'SN1', manufacturer: 'QEMU', product: 'Standard PC',
  firmware: 'bios', address: '10.0.0.5', waiting: true, order: null, alarms: 0, lastSeenAt: noon, ...more,
})

export const sampleEntry = (id: number, phase: string, more: Partial<TimelineEntry> = {}): TimelineEntry => ({
  id, at: noon + id * 1000, machine: '0193-machine', mac: '52:54:00:12:34:56', phase, evidence: 'ticket', text: `${phase} was reached`, alarm: false, ...more,
})

export const sampleSource = (more: Partial<OsSource> = {}): OsSource => ({ name: 'debian-13', state: 'ready', step: null, percent: null, because: null, kernel: '6.12.0-1-amd64', builtAt: noon, files: [{ name: 'image.tar', sizeBytes: 734_003_200, sha256: '00' }], ...more })

export const sampleFacts = (more: Partial<Facts> = {}): Facts => ({
  version: 1, architecture: 'x86_64', firmware: 'bios',
  system: { uuid: null, serial: 'SN1', manufacturer: 'QEMU', product: 'Standard PC', assetTag: null, boardSerial: null, biosVendor: 'SeaBIOS', biosVersion: '1.16' },
  cpu: { model: 'QEMU CPU', sockets: 1, cores: 2, threads: 2 },
  memory: { totalBytes: 2 ** 31, modules: [{ locator: 'DIMM 0', sizeBytes: 2 ** 31, type: 'RAM', speedMtps: null, manufacturer: 'QEMU', serial: null, partNumber: null }] },
  disks: [{
    name: 'sda', byId: ['ata-QEMU_HARDDISK_QM00001', 'wwn-0x5001'], model: 'HARDDISK', vendor: 'QEMU', serial: 'QM00001', wwn: '0x5001', sizeBytes: 25 * 2 ** 30, rotational: false, removable: false, readOnly: false,
    logicalSectorBytes: 512, physicalSectorBytes: 512, transport: 'sata', table: { type: 'gpt', uuid: null }, signature: null,
    partitions: [{ name: 'sda1', number: 1, startBytes: 1048576, sizeBytes: 2 ** 30, typeGuid: null, partUuid: 'abcd', label: 'boot', signature: { type: 'ext4', uuid: null, label: 'old-boot' } }],
  }],
  lvm: {
    physicalVolumes: [], volumeGroups: [{ name: 'vg0', uuid: 'u', extentBytes: 4194304, sizeBytes: 2 ** 34, freeBytes: 2 ** 30, systemId: null, exported: false, partial: false, tags: [] }],
    logicalVolumes: [{ group: 'vg0', groupUuid: 'u', name: 'root', uuid: 'v', sizeBytes: 2 ** 33, segmentType: 'linear', attributes: '-wi-------', origin: null, pool: null, tags: [], signature: { type: 'xfs', uuid: null, label: null } }], warnings: [],
  },
  raid: [], nics: [{ name: 'enp0s3', mac: '52:54:00:12:34:56', driver: 'virtio_net', linkUp: true, speedMbps: 1000 }],
  boot: { current: null, order: [] }, bmc: false, tpm: null, clock: { systemEpoch: 1_000_000, rtcEpoch: 1_000_003 }, ...more,
})

export const sampleDetail = (more: Partial<MachineDetail> = {}): MachineDetail => ({ machine: sampleMachine(), facts: sampleFacts(), orders: [], timeline: [], ...more })
