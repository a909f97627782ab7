// What a machine is made of, from the raw files of its report.
import type { Facts } from '../../protocol/facts.ts'
import { parseUuid } from '../../protocol/names.ts'
import { parseDisks } from './parse-disks.ts'
import { parseDmiTable } from './parse-dmi-table.ts'
import { parseLvm } from './parse-lvm.ts'
import { parseBootOrder, parseCpu, parseMemory, parseNics, parseRaid } from './parse-system.ts'
import { parseText, parseWhole } from './parse-values.ts'

/** The facts of a report, valid by protocol/facts.ts; or the problem that makes it unusable, as a sentence for console and timeline. Missing files are facts unknown; only architecture, firmware kind and the disks must be known. */
export function parseFacts(report: { files: ReadonlyMap<string, Buffer> }): Facts | { problem: string } {
  const { files } = report
  const architecture = parseText(files.get('uname'), 32)
  if (architecture === null || !/^[a-z0-9_]+$/.test(architecture)) return { problem: 'The report does not say which architecture the machine has (uname -m).' }
  const firmware = parseText(files.get('firmware'), 16)
  if (firmware !== 'bios' && firmware !== 'uefi') return { problem: 'The report does not say whether the firmware is bios or uefi.' }
  const disks = parseDisks(files)
  if (typeof disks === 'string') return { problem: `The machine’s disks cannot be known: ${disks}.` }
  const lvm = parseLvm(files)
  if (typeof lvm === 'string') return { problem: `The machine’s volumes cannot be known: ${lvm}.` }
  const table = parseDmiTable(files.get('dmi-table'))
  // LVM picks one of several devices with the same label and says so only in a warning.
  const labels = disks.flatMap(disk => [disk.signature, ...disk.partitions.map(partition => partition.signature)]).map(signature => signature?.type === 'LVM2_member' ? signature.uuid : null)
  const dmi = (name: string) => parseText(files.get(`dmi/${name}`))
  return {
    version: 1, architecture, firmware,
    system: {
      uuid: parseUuid(dmi('product_uuid') ?? ''), serial: dmi('product_serial'), manufacturer: dmi('sys_vendor'), product: dmi('product_name'),
      assetTag: dmi('chassis_asset_tag'), boardSerial: dmi('board_serial'), biosVendor: dmi('bios_vendor'), biosVersion: dmi('bios_version'),
    },
    cpu: parseCpu(files.get('cpuinfo'), table),
    memory: parseMemory(files.get('meminfo'), table.modules),
    disks, lvm: { ...lvm, physicalVolumes: lvm.physicalVolumes.map(volume => ({ ...volume, duplicate: volume.duplicate || labels.filter(uuid => uuid === volume.uuid).length > 1 })) },
    raid: parseRaid(files.get('mdadm')),
    nics: parseNics(files.get('nics'), files.get('ip.json')),
    boot: parseBootOrder(files.get('efibootmgr')),
    bmc: table.bmc || files.has('bmc'),
    tpm: { 1: '1.2', 2: '2.0' }[parseWhole(files.get('tpm')) ?? 0] ?? null,
    clock: { systemEpoch: parseWhole(files.get('clock')), rtcEpoch: parseWhole(files.get('rtc')) },
  }
}
