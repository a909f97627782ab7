// The boot entry of an install, made by its shell on a firmware of files; and what is checked of a BIOS machine's disk.
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { fakeEfibootmgr, FakeFirmware } from '../../lib/fake-firmware.ts'
import { planOf, viewOf } from './steps-of.ts'

const esp = 'c0ffee00-1111-4222-8333-444455556666'
const gone = 'dead0000-1111-4222-8333-444455556666'
const elsewhere = 'beef0000-1111-4222-8333-444455556666'
const grub = '\\EFI\\labctl\\grubx64.efi'

function partOf(uefi: boolean, networkFirst: boolean, partition = 2): string {
  const view = viewOf(planOf())
  const steps = renderSteps({ ...view, uefi, bootEntry: { disk: '/dev/disk/by-id/none', partition, partUuid: esp, networkFirst } })
  const from = steps.indexOf('# ---- How it boots')
  return steps.slice(from, steps.indexOf('\n# ---- ', from + 1))
}

interface Machine { firmware: FakeFirmware, run: (options?: { networkFirst?: boolean, refuses?: string, partUuids?: string[], esp?: string }) => { told: string[], code: number | null } }

/** A machine whose partitions are ours and another system's. */
function machine(folder: string): Machine {
  for (const name of ['bin', 'run', 'target']) mkdirSync(join(folder, name), { recursive: true })
  const firmware = new FakeFirmware(join(folder, 'variables'))
  symlinkSync(fakeEfibootmgr, join(folder, 'bin/efibootmgr'))
  const run: Machine['run'] = ({ networkFirst = false, refuses = '', partUuids = [esp, elsewhere], esp: ours = esp } = {}) => {
    writeFileSync(join(folder, 'bin/lsblk'), `#!/bin/sh\nprintf '%s\\n' '' ${partUuids.join(' ')}\n`, { mode: 0o755 })
    const head = `set -u; patience=300; due() { :; }; export LC_ALL=C PATH="$PWD/bin:$PATH"; LABCTL_RUN=$PWD/run log=$PWD/log target=$PWD/target; LABCTL_EFIVARS=$PWD/variables\nlabctl_progress() { echo "$1 $3"; }; labctl_fail() { echo "failed: $*"; exit 1; }; stop() { labctl_fail "$@"; }; progress() { labctl_progress "$@"; }\n`
    const ran = spawnSync('sh', ['-c', `${head}${partOf(true, networkFirst).replaceAll(esp, ours)}`], { cwd: folder, encoding: 'utf8', env: { ...process.env, FAKE_VARIABLES: firmware.directory, FAKE_ESP: ours, FAKE_REFUSES: refuses } })
    return { told: (ran.stdout + ran.stderr).trimEnd().split('\n'), code: ran.status }
  }
  return { firmware, run }
}

/** Firmware menu, two network cards, and Windows. */
function furnish(firmware: FakeFirmware): void {
  firmware.put({ number: '0000', label: 'UiApp', from: 'other' })
  firmware.put({ number: '0001', label: 'UEFI PXEv4 (MAC:525400770100)', from: 'network' })
  firmware.put({ number: '0002', label: 'Windows Boot Manager', from: { partUuid: elsewhere, partition: 1, loader: '\\EFI\\Microsoft\\Boot\\bootmgfw.efi' } })
  firmware.put({ number: '0003', label: 'UEFI HTTPv4', from: 'network' })
  firmware.order = ['0002', '0001', '0000', '0003']
}

t.test('an entry is made, stands first, and the order is read back and told', async t => {
  const { firmware, run } = machine(t.testdir())
  furnish(firmware)
  t.same(run(), { told: ['configure boot order: 0004 labctl, 0002 Windows Boot Manager, 0001 UEFI PXEv4 (MAC:525400770100), 0000 UiApp, 0003 UEFI HTTPv4'], code: 0 })
  t.same(firmware.order, ['0004', '0002', '0001', '0000', '0003'])
})

t.test('where the network is wanted first, ours stands behind all of it, and the others behind ours', async t => {
  const { firmware, run } = machine(t.testdir())
  furnish(firmware)
  t.match(run({ networkFirst: true }).told, [/^configure boot order: 0001 UEFI PXEv4/])
  t.same(firmware.order, ['0001', '0003', '0004', '0002', '0000'])
})

t.test('ten installs over one another, each with another ESP, leave one entry of ours and all of the others’', async t => {
  const { firmware, run } = machine(t.testdir())
  furnish(firmware)
  const others = firmware.entries
  for (let turn = 0; turn < 10; turn += 1) {
    const fresh = `c0ffee0${turn}-1111-4222-8333-444455556666`
    t.equal(run({ esp: fresh, partUuids: [fresh, elsewhere] }).code, 0)
    t.same(firmware.entries, [...others, '0004 labctl'])
    t.equal(firmware.order[0], '0004')
  }
})

t.test('a reprovision, which keeps the ESP, keeps the entry too; a second one of ours goes', async t => {
  const { firmware, run } = machine(t.testdir())
  furnish(firmware)
  run()
  firmware.put({ number: '000A', label: 'labctl', from: { partUuid: esp, partition: 2, loader: grub } })
  for (let turn = 0; turn < 10; turn += 1) t.equal(run().code, 0)
  t.equal(firmware.entries.filter(entry => entry.endsWith(' labctl')).join(), '0004 labctl')
})

t.test('what is not ours stays, however like ours it looks', async t => {
  const { firmware, run } = machine(t.testdir())
  furnish(firmware)
  firmware.put({ number: '0010', label: 'labctl', from: { partUuid: elsewhere, partition: 2, loader: grub } })
  firmware.put({ number: '0011', label: 'labctl', from: { partUuid: gone, partition: 2, loader: '\\EFI\\debian\\grubx64.efi' } })
  firmware.put({ number: '0012', label: 'Labctl', from: { partUuid: gone, partition: 2, loader: grub } })
  firmware.put({ number: '0013', label: 'labctl', from: 'network' })
  firmware.put({ number: '0014', label: `x\nBoot0002* labctl\tHD(2,GPT,${gone})/${grub}`, from: { partUuid: gone, partition: 2, loader: grub } })
  firmware.put({ number: '0015', label: 'labctl|', from: { partUuid: gone, partition: 2, loader: grub } })
  const before = firmware.entries
  t.equal(run().code, 0)
  t.same(firmware.entries, [...before, '0004 labctl'].toSorted())
  firmware.put({ number: '0020', label: 'labctl', from: { partUuid: gone, partition: 2, loader: grub } })
  t.equal(run({ partUuids: [] }).code, 0)
  t.ok(firmware.entries.includes('0020 labctl'), 'when the partitions cannot be listed, nothing counts as gone')
  run()
  t.notOk(firmware.entries.includes('0020 labctl'))
})

t.test('a firmware that takes nothing, or keeps its own order, is told, and fails nothing', async t => {
  const { firmware, run } = machine(t.testdir())
  t.match(run(), { code: 0, told: [/shows no variables.*removable path/] })
  furnish(firmware)
  const before = [firmware.entries, firmware.order]
  t.match(run({ refuses: 'create' }), { code: 0, told: [/took no boot entry .*efibootmgr ended with 5 .*No space left on device.*removable path/] })
  t.same([firmware.entries, firmware.order], before)
  t.match(run({ refuses: 'ignore' }), { code: 0, told: [/the firmware keeps its own: 0002 Windows Boot Manager, .*; wanted was 0004,0002/] })
  t.match(run({ refuses: 'order' }), { code: 0, told: [/keeps its own: .*setting the boot order: efibootmgr ended with 5/] })
})

t.test('a BIOS machine’s disk must hold GRUB in its first sector, with the mark', async t => {
  const folder = t.testdir()
  const check = (write: (sector: Buffer) => void) => {
    const sector = Buffer.alloc(512)
    write(sector)
    writeFileSync(join(folder, 'disk'), Buffer.concat([sector, Buffer.alloc(4096)]))
    const head = 'set -u;  due() { :; }; log=$PWD/log; labctl_progress() { echo "$1 $3"; }; labctl_fail() { echo "failed: $*"; exit 1; }; stop() { labctl_fail "$@"; }; progress() { labctl_progress "$@"; }\n'
    return spawnSync('sh', ['-c', head + partOf(false, false, 0).replace('boot_disk=$(', 'boot_disk=$PWD/disk; : $(')], { cwd: folder, encoding: 'utf8' }).stdout
  }
  t.match(check(sector => { sector.write('GRUB ', 384); sector.writeUInt16LE(0xaa55, 510) }), /^configure boot disk: .*holds GRUB/)
  t.match(check(sector => { sector.write('LILO', 6); sector.writeUInt16LE(0xaa55, 510) }), /^failed: .*does not begin with the code of GRUB/)
  t.match(check(sector => { sector.write('GRUB ', 384) }), /^failed: .*lacks the mark/)
})
