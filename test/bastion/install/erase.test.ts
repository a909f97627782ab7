// Erasing disks: which may be, the steps for it, and what those do to a disk that discards, one that only says so, and one that does neither.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { EraseViewSchema } from '../../../bastion/install/erase-view.ts'
import { planErase } from '../../../bastion/install/plan-erase.ts'
import { renderErase } from '../../../bastion/install/render-erase.ts'
import { diskOf, factsOf, groupOf, physicalVolumeOf } from '../volumes/facts-of.ts'

const [a, b, locked, nameless] = [diskOf('sda', { serial: 'SER  a ', byId: ['ata-DISK_SER_a'] }), diskOf('sdb', { wwn: '0x5000c500' }), diskOf('sdc', { readOnly: true }), diskOf('sdd', { serial: null, byId: ['wwn-0x77'], wwn: '0x77' })]
const twin = diskOf('sde', { serial: 'SER-sdb', byId: ['ata-OTHER_SER-sdb'] })
const codes = (facts: Parameters<typeof planErase>[0], wanted: Parameters<typeof planErase>[1]) => {
  const planned = planErase(facts, wanted)
  return planned.kind === 'plan' ? [] : planned.refusals.map(refusal => refusal.code)
}

t.test('the disks named are planned as the steps find them, by name, serial and size', async t => {
  const planned = planErase(factsOf([a, b, locked]), [{ disk: 'SER  a', serial: 'SER  a' }, { disk: '0x5000c500', serial: 'SER-sdb' }])
  t.same(planned, { kind: 'plan', disks: [
    { byId: 'ata-DISK_SER_a', serial: 'SER a', sizeBytes: a.sizeBytes, logicalSectorBytes: 512 },
    { byId: 'ata-QEMU_HARDDISK_SER-sdb', serial: 'SER-sdb', sizeBytes: b.sizeBytes, logicalSectorBytes: 512 },
  ] })
})

t.test('what is not known for certain is refused, and so is a disk that cannot be written', async t => {
  const facts = factsOf([b, locked, nameless, twin])
  t.same(codes(facts, [{ disk: 'nothing', serial: 'x' }]), ['erase-unknown-disk'])
  t.same(codes(facts, [{ disk: 'SER-sdb', serial: 'SER-sdb' }]), ['erase-ambiguous'])
  t.same(codes(facts, [{ disk: 'wwn-0x5000c500', serial: 'SER-sdB' }]), ['serial-mismatch'])
  t.same(codes(facts, [{ disk: 'wwn-0x77', serial: 'SER-sdd' }]), ['erase-no-serial'])
  t.same(codes(facts, [{ disk: 'SER-sdc', serial: 'SER-sdc' }]), ['disk-read-only'])
  t.same(codes(facts, [{ disk: 'SER-sdc', serial: 'x' }, { disk: 'nothing', serial: 'x' }]), ['serial-mismatch', 'erase-unknown-disk'], 'all refusals at once')
  t.same(codes(factsOf([a]), [{ disk: 'ata-DISK_SER_a', serial: 'SER a' }]), [], 'as it is stored with an order')
  t.same(codes(factsOf([b]), [{ disk: 'ata-QEMU_HARDDISK_SER-old', serial: 'SER-old' }]), ['erase-unknown-disk'])
  t.same(codes(factsOf([{ ...b, serial: 'SER-other' }]), [{ disk: 'ata-QEMU_HARDDISK_SER-sdb', serial: 'SER-sdb' }]), ['serial-mismatch'], 'another disk under that name')
  t.same(codes(factsOf([b]), [{ disk: 'ata-QEMU_HARDDISK_SER-sdb', serial: '' }]), ['serial-mismatch'])
})

t.test('a group goes as a whole or not at all', async t => {
  const other = diskOf('sdf')
  const facts = factsOf([b, other], { physicalVolumes: [physicalVolumeOf('/dev/sdb', 'vg'), physicalVolumeOf('/dev/sdf', 'vg')], volumeGroups: [groupOf('vg')] })
  const [one, two] = [{ disk: 'SER-sdb', serial: 'SER-sdb' }, { disk: 'SER-sdf', serial: 'SER-sdf' }]
  t.same(codes(facts, [one]), ['group-spans-disks'])
  t.same(codes(facts, [one, two]), [])
  const partial = factsOf([b], { physicalVolumes: [physicalVolumeOf('/dev/sdb', 'vg')], volumeGroups: [groupOf('vg', { partial: true })] })
  t.same(codes(partial, [one]), ['group-spans-disks'], 'the missing part may come back')
  t.same(codes(factsOf([b, other], { physicalVolumes: [physicalVolumeOf('/dev/sdf', 'vg')], volumeGroups: [groupOf('vg')] }), [one]), [], 'another disk’s group is of no concern')
})

const view = { name: 'worker-1', attempt: 1, disks: [{ byId: 'ata-DISK_1', serial: `it's $(x)`, sizeBytes: 2 ** 24, logicalSectorBytes: 512 }, { byId: 'ata-DISK_2', serial: 'two', sizeBytes: 2 ** 25, logicalSectorBytes: 4096 }] }

t.test('the steps are what they were', async t => {
  t.same([...Value.Errors(EraseViewSchema, view)], [])
  const steps = renderErase(view)
  const golden = new URL('../../golden/erase/two-disks.sh', import.meta.url)
  if (process.env.TAP_SNAPSHOT === '1') { mkdirSync(new URL('.', golden), { recursive: true }); writeFileSync(golden, steps) }
  t.equal(steps, readFileSync(golden, 'utf8'))
  t.ok(steps.indexOf('\ncheck_disks\n') < steps.indexOf('mark_disk()'), 'all disks are checked before any is written')
})

const size = 6 * 2 ** 20 + 4096

/** Runs the steps' own functions on a file as a disk, with a blkdiscard that does what `mode` says. */
function erase(folder: string, mode: string): { said: string, bytes: Buffer } {
  mkdirSync(join(folder, 'bin'))
  const bytes = Buffer.alloc(size, 'data to be lost. ')
  writeFileSync(join(folder, 'disk'), bytes)
  writeFileSync(join(folder, 'bin/blkdiscard'), `#!/bin/sh
echo "$MODE: $*" >>calls
how=discard
while [ $# -gt 1 ]; do case $1 in -s) how=secure ;; -z) how=zero ;; -o) at=$2; shift ;; -l) length=$2; shift ;; esac; shift; done
case $MODE/$how in
  good/discard | secure/secure | */zero) [ "$MODE" != broken ] || { echo 'BLKZEROOUT ioctl failed: Input/output error' >&2; exit 1; }
    [ "$MODE" != lazy ] || exit 0
    dd if=/dev/zero of="$1" bs=4096 seek=$((at / 4096)) count=$((length / 4096)) conv=notrunc 2>/dev/null ;;
  liar/discard) [ "$at" != 0 ] || dd if=/dev/zero of="$1" bs=1M count=1 conv=notrunc 2>/dev/null ;;
  *) echo 'Operation not supported' >&2; exit 1 ;;
esac
`)
  chmodSync(join(folder, 'bin/blkdiscard'), 0o755)
  const steps = renderErase({ ...view, disks: [{ ...view.disks[0]!, byId: 'disk' }] })
  const functions = steps.slice(steps.indexOf('\n# ---- From here on it writes'), steps.indexOf('\ndisks_done=0'))
    .replace('{ read -r discards <"/sys/class/block/$disk_name/queue/discard_max_bytes"; } 2>/dev/null', 'discards=$DISCARDS')
  const head = 'set -u; patience=300; due() { :; }; export LC_ALL=C PATH="$PWD/bin:$PATH"; LABCTL_RUN=$PWD log=$PWD/log disk=$PWD/disk disk_name=disk disk_as=it erased= stage= disks_done=0 told_percent=0\nlabctl_say() { echo "$*"; }; progress() { echo "$1 $2"; }; stop() { echo "stopped: $*"; exit 1; }\n'
  const ran = spawnSync('sh', ['-c', `${head}disk_sectors=${size / 512} disks_all=1\n${functions}\nerase_disk\necho "$erased"`], { cwd: folder, encoding: 'utf8', env: { ...process.env, MODE: mode, DISCARDS: mode === 'none' ? '0' : '4096' } })
  return { said: ran.stdout + ran.stderr, bytes: readFileSync(join(folder, 'disk')) }
}

const empty = Buffer.alloc(size)
for (const [mode, how] of [['secure', 'securely discarded'], ['good', 'discarded'], ['none', 'overwritten with zeros']] as const) {
  t.test(`a disk that can be ${how} is, and reads as zeros to the last byte`, async t => {
    const { said, bytes } = erase(t.testdir(), mode)
    t.match(said, new RegExp(`it ${how} and read back as zeros\n$`))
    t.match(said, /^disks \d+$/m)
    t.ok(bytes.equals(empty))
  })
}

t.test('a disk that only says that it discards is found out, and overwritten', async t => {
  const { said, bytes } = erase(t.testdir(), 'liar')
  t.match(said, /it says that it is discarded, but still holds something at byte \d+; overwriting it[^]*it overwritten with zeros and read back/)
  t.ok(bytes.equals(empty))
})

t.test('a disk that fails, or keeps what it had, is never called erased', async t => {
  t.match(erase(t.testdir(), 'broken').said, /^stopped: it cannot be overwritten: BLKZEROOUT ioctl failed: Input\/output error$/m)
  t.match(erase(t.testdir({ again: {} }), 'lazy').said, /^stopped: it is not empty at byte 0 after it was overwritten$/m)
})
