import t from 'tap'
import { describeDifferences } from '../../../bastion/machines/describe-differences.ts'
import { parseFacts } from '../../../bastion/machines/parse-facts.ts'
import type { Facts } from '../../../protocol/facts.ts'
import { readRecorded } from './read-fixture.ts'

const before = parseFacts(await readRecorded('bios-lvm-raid')) as Facts
const changed = (change: (facts: Facts) => void) => {
  const after = structuredClone(before)
  change(after)
  return describeDifferences(before, after)
}
const serials = (facts: Facts) => facts.disks.map(disk => disk.serial)

t.test('the same machine shows no differences, whatever the kernel calls its disks and whatever is installed on them', async t => {
  t.same(describeDifferences(before, before), [])
  t.same(changed(facts => {
    facts.disks.reverse()
    facts.disks.forEach((disk, at) => { disk.name = `sd${at}`; disk.partitions = []; disk.table = null })
    facts.lvm = { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: [] }
    facts.clock = { systemEpoch: 1, rtcEpoch: null }
  }), [])
})

t.test('a disk is replaced, removed, added, or changes its size', async t => {
  t.ok(serials(before).includes('VIRT333'))
  const virt = before.disks.findIndex(disk => disk.serial === 'VIRT333')
  const { name } = before.disks[virt]!
  t.same(changed(facts => { facts.disks[virt]!.serial = 'NEW1' }), [`disk ${name} replaced: serial VIRT333 → serial NEW1`])
  t.same(changed(facts => { facts.disks.splice(virt, 1) }), [`disk ${name} removed: serial VIRT333`])
  t.same(changed(facts => { facts.disks.push({ ...facts.disks[0]!, name: 'sdz', serial: null, wwn: '0x5000' }) }), ['disk sdz added: WWN 0x5000'])
  t.same(changed(facts => { facts.disks[virt]!.sizeBytes = 5 }), [`size of disk ${name}, serial VIRT333, changed: ${2 ** 28} bytes → 5 bytes`])
})

t.test('two disks replaced at once are told by the places they are in', async t => {
  const disks = (...serials: string[]) => ({ ...before, disks: serials.map((serial, at) => ({ ...before.disks[0]!, name: `sd${'abc'[at]}`, serial })) })
  t.same(describeDifferences(disks('A', 'B', 'C'), disks('A', 'X', 'Y')), ['disk sdb replaced: serial B → serial X', 'disk sdc replaced: serial C → serial Y'])
  t.same(describeDifferences(disks('A', 'B', 'C'), disks('A')), ['disk sdb removed: serial B', 'disk sdc removed: serial C'])
})

t.test('two equal modules without a serial are counted', async t => {
  const module = { ...before.memory.modules[0]!, serial: null }
  const two = { ...before, memory: { totalBytes: 2 ** 31, modules: [module, module] } }
  t.same(describeDifferences(two, { ...two, memory: { totalBytes: 2 ** 30, modules: [module] } }), ['memory changed: 2048 MiB → 1024 MiB', 'memory module removed: DIMM 0, 1024 MiB'])
})

t.test('board, firmware, network, TPM and BMC are told', async t => {
  t.same(changed(facts => {
    facts.system.uuid = null
    facts.system.biosVersion = '2.0'
    facts.firmware = 'uefi'
    facts.nics = [{ ...facts.nics[0]!, mac: '52:54:00:00:00:01' }]
    facts.tpm = '2.0'
    facts.bmc = true
  }), [
    'firmware kind changed: bios → uefi', 'SMBIOS UUID changed: 11111111-2222-3333-4444-555555555555 → none', 'firmware version changed: 1.0 → 2.0',
    'network interface removed: 52:54:00:12:34:56', 'network interface removed: 52:54:00:aa:bb:cc', 'network interface added: 52:54:00:00:00:01',
    'TPM changed: none → 2.0', 'BMC changed: none → present',
  ])
})
