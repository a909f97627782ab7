import type { Facts } from '../../protocol/facts.ts'
import type { MachineDetail, MachineSummary, Order, TimelineEntry } from '../../protocol/machines.ts'
import type { OsSource } from '../../protocol/os-sources.ts'
import type { Proof } from '../../protocol/plan-request.ts'
import type { PlannedDevice, StoragePlan } from '../../protocol/storage-plan.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'

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

export const sampleSource = (more: Partial<OsSource> = {}): OsSource => ({ name: 'debian-13', kind: 'image', url: null, release: null, state: 'ready', step: null, percent: null, because: null, kernel: '6.12.0-1-amd64', builtAt: noon, files: [{ name: 'image.tar', sizeBytes: 734_003_200, sha256: '00' }], ...more })

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

const digest = '3fa9'.repeat(16)
const device = (kind: PlannedDevice['kind'], name: string, action: PlannedDevice['action'], because: string, more: Partial<PlannedDevice> = {}): PlannedDevice => ({ kind, name, identity: null, seenAs: null, action, because, ...more })
const disk = 'ata-QEMU_HARDDISK_QM00001'

/** A reprovision that keeps /home, reformats /, makes /srv, and leaves a disk alone. */
export const samplePlan = (more: Partial<StoragePlan> = {}): StoragePlan => ({
  version: 2, order: 'reprovision', machineId: '0193-machine', firmware: 'uefi',
  disks: [{
    byId: disk, serial: 'QM00001', sizeBytes: 25 * 2 ** 30, logicalSectorBytes: 512, tableUuid: 't', signature: null, signatureUuid: null, partitions: [], empty: false, mayWipe: false,
    role: 'system', action: 'reuse', description: disk, newTableUuid: null,
    planned: [{ number: 3, role: 'boot', action: 'reformat', startSector: 2048, endSector: 4095, sizeMib: 1024, typeGuid: 'g', partUuid: 'p-boot', label: 'boot', mount: '/boot', filesystem: 'ext4', filesystemUuid: '11111111-2222-4333-8444-555555555555' }],
  }],
  groups: [{ name: 'vg0', action: 'reuse', uuid: 'v-vg0', extentBytes: 4194304, extents: 5000, freeExtents: 10, physicalVolumes: [{ disk, partition: 4, uuid: 'v-pv', action: 'reuse' }] }],
  volumes: [{ group: 'vg0', name: 'srv', mount: '/srv', filesystem: 'xfs', filesystemUuid: '11111111-2222-4333-8444-555555555556', extents: 512, tag: 'labctl.0193-machine._srv', keep: true, action: 'create', uuid: null, addTag: false }],
  expected: { physicalVolumes: [], volumes: [{ groupUuid: 'v-vg0', name: 'root', uuid: 'v-root', sizeBytes: 2 ** 33, segmentType: 'linear', tags: [] }] },
  kept: [{ group: 'vg0', name: 'home', uuid: 'v-home', sizeBytes: 2 ** 31, mount: '/home', filesystem: 'ext4', filesystemUuid: 'f-home' }],
  carryOver: { paths: ['/etc/ssh/ssh_host_*', '/etc/rancher/node/password'], mostMib: 64, store: { group: 'vg0', name: 'home', mount: '/home' } },
  mustBeEmpty: [], accepted: [],
  devices: [
    device('disk', disk, 'reuse', 'Its table stays.', { identity: disk, seenAs: 'sda' }),
    device('partition', `${disk}-part3`, 'reformat', 'Recorded as /boot.', { identity: 'p-boot', seenAs: 'sda3' }),
    device('partition', `${disk}-part4`, 'reuse', 'Recorded as the physical volume of vg0.', { identity: 'p-lvm', seenAs: 'sda4' }),
    device('physical-volume', 'v-pv', 'reuse', 'Holds vg0.', { identity: 'v-pv', seenAs: '/dev/sda4' }),
    device('disk', 'wwn-0x5002', 'keep', 'Not a disk of the layout.', { identity: 'wwn-0x5002', seenAs: 'sdb' }),
    device('volume-group', 'vg0', 'reuse', 'Recorded as ours.', { identity: 'v-vg0' }),
    device('logical-volume', 'vg0/root', 'reformat', 'Recorded and tagged as /.', { identity: 'v-root' }),
    device('logical-volume', 'vg0/home', 'keep', 'The layout keeps /home.', { identity: 'v-home' }),
    device('logical-volume', 'vg0/srv', 'create', 'xfs for /srv, new in the layout.'),
  ],
  ...more,
})

export const samplePlanAnswer = (more: Partial<StoragePlan> = {}, text: string | null = null) => ({ kind: 'plan' as const, plan: samplePlan(more), digest, text })

export const sampleRefused = {
  kind: 'refused' as const, refusals: [
    { code: 'lost-volume', because: 'The volume vg0/srv, recorded as /srv, is not there.', nextStep: 'Look for its disk.', accept: 'lost-volume=srv' },
    { code: 'firmware-changed', because: 'It starts by BIOS and was recorded with UEFI.', nextStep: 'Set it back to UEFI.' },
  ],
}

export const sampleRecord = (more: Partial<StorageRecord> = {}): StorageRecord => ({
  version: 1, machineId: '0193-machine', firmware: 'uefi',
  disks: [{ byId: disk, serial: 'QM00001', wwn: null, sizeBytes: 25 * 2 ** 30, logicalSectorBytes: 512, tableUuid: 't', role: 'system', partitions: [
    { number: 2, role: 'esp', partUuid: 'p-esp', startBytes: 1048576, sizeBytes: 2 ** 29, mount: '/boot/efi', filesystem: 'vfat', filesystemUuids: ['AAAA-BBBB'] },
    { number: 3, role: 'boot', partUuid: 'p-boot', startBytes: 2 ** 29, sizeBytes: 2 ** 30, mount: '/boot', filesystem: 'ext4', filesystemUuids: ['f-boot'] },
  ] }],
  groups: [{ name: 'vg0', uuid: 'v-vg0', physicalVolumes: ['v-pv'] }],
  volumes: [
    { group: 'vg0', name: 'root', mount: '/', keep: false, origin: 'planned', uuid: 'v-root', sizeBytes: 2 ** 33, filesystem: 'ext4', filesystemUuids: ['f-root'] },
    { group: 'vg0', name: 'data', mount: '/srv', keep: true, origin: 'adopted', uuid: 'v-data', sizeBytes: null, filesystem: 'xfs', filesystemUuids: ['f-data'] },
  ],
  inventory: [], ...more,
})

export const sampleProof = (same: boolean): Proof => ({
  order: '0193-order', same, rows: [
    { volume: 'vg0/home', mount: '/home', what: 'volume-uuid', before: 'v-home', after: 'v-home', atFirstBoot: null, same: true },
    { volume: 'vg0/home', mount: '/home', what: 'filesystem-uuid', before: 'f-home', after: same ? 'f-home' : 'f-other', atFirstBoot: null, same },
  ],
})
