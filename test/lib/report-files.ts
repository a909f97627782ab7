// The raw files of a report from which the bastion would read these facts: what lsblk, LVM and blkid would have printed.
import type { Disk, Facts, LogicalVolume, Partition, Signature } from '../../protocol/facts.ts'

const signed = (signature: Signature | null): object => ({ fstype: signature?.type ?? null, uuid: signature?.uuid ?? null, label: signature?.label ?? null })
const lines = (rows: readonly string[]): string => rows.map(row => `${row}\n`).join('')

/** Files by name, for the report of a simulated machine: disks, LVM, firmware and identity. */
export function reportFiles(facts: Facts): Record<string, string> {
  return {
    uname: `${facts.architecture}\n`, firmware: `${facts.firmware}\n`,
    'lsblk.json': JSON.stringify({ blockdevices: facts.disks.map(disk => diskRow(disk)) }),
    'by-id': lines(facts.disks.flatMap(disk => disk.byId.map(name => `lrwxrwxrwx 1 root root 9 Jan 1 00:00 ${name} -> ../../${disk.name}`))),
    exits: lines(['lsblk.json 0 1.0 1.1', 'lvm 0 1.0 1.1', ...facts.disks.map(disk => `signatures+${disk.name} 0 1.0 1.1`)]),
    ...Object.fromEntries(facts.disks.map(disk => [`signatures/${disk.name}`, ''])),
    'lvm.json': JSON.stringify({ report: lvmSections(facts) }),
    'lv-signatures': lines(facts.lvm.logicalVolumes.filter(volume => volume.segmentType === 'linear').flatMap(volume => signatureLines(volume))),
    'dmi/product_uuid': `${facts.system.uuid ?? ''}\n`, 'dmi/product_serial': `${facts.system.serial ?? ''}\n`,
    nics: lines(facts.nics.map(nic => `${nic.name}|${nic.mac}|${nic.driver ?? ''}|1|1000`)),
  }
}

function diskRow(disk: Disk): object {
  return {
    kname: disk.name, name: disk.name, type: 'disk', size: disk.sizeBytes, model: disk.model, vendor: disk.vendor, serial: disk.serial, wwn: disk.wwn, rota: disk.rotational, rm: disk.removable, ro: disk.readOnly,
    'log-sec': disk.logicalSectorBytes, 'phy-sec': disk.physicalSectorBytes, tran: disk.transport, pttype: disk.table?.type ?? null, ptuuid: disk.table?.uuid ?? null, ...signed(disk.signature),
    ...disk.partitions.length === 0 ? {} : { children: disk.partitions.map(partition => partitionRow(partition)) },
  }
}

function partitionRow(partition: Partition): object {
  return {
    kname: partition.name, name: partition.name, type: 'part', partn: partition.number, start: partition.startBytes / 512, size: partition.sizeBytes,
    parttype: partition.typeGuid, partuuid: partition.partUuid, partlabel: partition.label, ...signed(partition.signature),
  }
}

function lvmSections({ lvm }: Facts): object[] {
  const physical = (group: string | null) => lvm.physicalVolumes.filter(volume => volume.group === group).map(volume => ({
    pv_name: volume.device, pv_uuid: volume.uuid, vg_name: group ?? '', pv_size: `${volume.sizeBytes}`, pv_free: `${volume.freeBytes}`, pv_missing: volume.missing ? 'missing' : '', pv_duplicate: volume.duplicate ? 'duplicate' : '',
  }))
  const sections = lvm.volumeGroups.map(group => ({
    vg: [{ vg_name: group.name, vg_uuid: group.uuid, vg_extent_size: `${group.extentBytes}`, vg_size: `${group.sizeBytes}`, vg_free: `${group.freeBytes}`, vg_systemid: group.systemId ?? '', vg_exported: group.exported ? 'exported' : '', vg_partial: group.partial ? 'partial' : '', vg_tags: group.tags.join(',') }],
    pv: physical(group.name),
    lv: lvm.logicalVolumes.filter(volume => volume.groupUuid === group.uuid).map(volume => ({ lv_name: volume.name, lv_uuid: volume.uuid, vg_name: group.name, lv_size: `${volume.sizeBytes}`, lv_attr: volume.attributes, origin: volume.origin ?? '', pool_lv: volume.pool ?? '', lv_tags: volume.tags.join(',') })),
    seg: lvm.logicalVolumes.filter(volume => volume.groupUuid === group.uuid).map(volume => ({ lv_uuid: volume.uuid, segtype: volume.segmentType })),
  }))
  const loose = physical(null)
  return loose.length === 0 ? sections : [...sections, { vg: [], pv: loose, lv: [], seg: [] }]
}

function signatureLines({ uuid, signature }: LogicalVolume): string[] {
  if (signature === null) return [`LV=${uuid}`, 'RC=2']
  return [`LV=${uuid}`, `TYPE=${signature.type}`, ...signature.uuid === null ? [] : [`UUID=${signature.uuid}`], ...signature.label === null ? [] : [`LABEL=${signature.label}`], 'RC=0']
}
