// The checks of the steps, run by a shell with the real blkid and wipefs on files.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { planOf, viewOf } from './steps-of.ts'

const steps = renderSteps(viewOf(planOf()))
const checks = steps.slice(steps.indexOf('\n# probe DEVICE'), steps.indexOf('\nfor program in'))
const size = 8 * 2 ** 20
const swap = (bytes: Buffer) => { bytes.writeUInt32LE(1, 1024); bytes.writeUInt32LE(2047, 1028); bytes.write('SWAPSPACE2', 4086) }
/** A PV label; its CRC begins with LVM's own value, and is not inverted as zlib's is. */
const lvm = (bytes: Buffer) => {
  bytes.write('LABELONE', 512); bytes.writeBigUInt64LE(1n, 520); bytes.writeUInt32LE(32, 532); bytes.write('LVM2 001', 536); bytes.write('A'.repeat(32), 544)
  bytes.writeUInt32LE(~crc32(bytes.subarray(532, 1024), ~0xf597a6cf >>> 0) >>> 0, 528)
}
const romfs = (bytes: Buffer) => { bytes.write('-rom1fs-') }
const lostTable = (bytes: Buffer) => { bytes.write('EFI PART', size - 512) }
/** An MBR with a disk id and no partition. */
const mbr = (bytes: Buffer) => { bytes.writeUInt32LE(0x1234abcd, 440); bytes.writeUInt16LE(0xaa55, 510) }

/** Runs shell lines after the checks' functions; `$disk` is a file that `marks` wrote on. */
function check(folder: string, lines: string, ...marks: ((bytes: Buffer) => void)[]) {
  const bytes = Buffer.alloc(size)
  for (const mark of marks) mark(bytes)
  writeFileSync(join(folder, 'disk'), bytes)
  const head = `set -u; export LC_ALL=C; LABCTL_RUN=$PWD log=$PWD/log disk=$PWD/disk disk_as=it disk_sectors=${size / 512} disk_sector_bytes=512 whole_kind=\nstop() { echo "refused: $*"; exit 1; }\n`
  const ran = spawnSync('sh', ['-c', `${head}${checks}\n${lines}\necho "fine \${probed_type:-nothing}"`], { cwd: folder, encoding: 'utf8' })
  return ran.stdout + ran.stderr
}

t.test('a place holds what blkid names, and where several things lie one over the other, all that wipefs lists', async t => {
  t.equal(check(t.testdir(), 'holds "$disk" "" "" || exit 1'), 'fine nothing\n')
  t.match(check(t.testdir(), 'holds "$disk" "" "" && echo taken for empty', lvm), /^fine LVM2_member/)
  t.match(check(t.testdir(), 'holds "$disk" swap+romfs "" || echo "no: $probed_type"', romfs, swap), /^fine swap\+romfs\n$/)
  t.match(check(t.testdir(), 'holds "$disk" "" "" && echo taken for empty', romfs, swap), /^fine swap\+romfs\n$/)
})

t.test('a disk is really empty only when its end can be read and no lost partition table is there', async t => {
  t.match(check(t.testdir(), 'expect_really_empty 32256 1048576'), /^fine/)
  t.match(check(t.testdir(), 'expect_really_empty 32256 1048576', lostTable), /^refused: .*copy of a partition table/)
  t.match(check(t.testdir(), 'probe "$disk"; whole_kind=$probed_kind; expect_really_empty 32256', mbr, lostTable), /^refused: .*copy of a partition table/)
  t.match(check(t.testdir(), 'expect_really_empty 1048576', bytes => { swap(bytes.subarray(2 ** 20)) }), /^refused: .*swap begins at byte 1048576/)
  t.match(check(t.testdir(), 'disk_sectors=99999999; expect_really_empty 32256'), /^refused: the end of it/)
})
