// A way into the RAM disk that touches nothing, and disks erased by name only, on a real kernel with real LVM.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Machine } from '../../labctl/rehearsal/machine.ts'
import type { Rehearsal } from '../../labctl/rehearsal/rehearsal.ts'
import { demandOverSsh, runOverSsh } from '../../labctl/rehearsal/run-over-ssh.ts'
import { discovered, rehearsed, waitFor } from '../lib/rehearsed.ts'

const minutes = (count: number) => count * 60_000
const emptySum = createHash('sha256').digest('hex')

/** Orders a rescue and waits until SSH answers; gives the fingerprint that the bastion tells. */
async function rescued(rehearsal: Rehearsal, machine: Machine): Promise<string> {
  const ordered = await rehearsal.labctl(['provision', 'rescue', machine.mac])
  if (ordered.exitCode !== 0) throw new Error(ordered.stderr)
  const detail = await waitFor(rehearsal, machine, 'in rescue', minutes(2), ({ machine: seen }) => seen.order?.kind === 'rescue' && seen.order.phase === 'rescue')
  return /SHA256:\S+/.exec(detail.timeline.findLast(entry => entry.phase === 'rescue')!.text)![0]
}

t.test('a rescue lets the operators’ keys in and touches nothing; what is erased is empty, and what is not named stays', { timeout: minutes(12) }, async t => {
  const rehearsal = await rehearsed(t, {}, { operatorKey: true })
  const machine = rehearsal.addMachine({ kind: 'uml', disks: [{ sizeGib: 1 }, { sizeGib: 0.25 }] })
  const other = openSync(machine.spec.disks[1]!.file, 'r+')
  writeSync(other, Buffer.alloc(100_000, 'nobody may touch this. '), 0, 100_000, 12_345_344)
  closeSync(other)
  const knownHosts = (boot: string) => ({ knownHosts: join(rehearsal.folder.directory, `known-hosts-${boot}`) })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(2))
  const sums = async () => [await machine.diskChecksum(0), await machine.diskChecksum(1)]

  const fingerprint = await rescued(rehearsal, machine)
  const first = knownHosts('first')
  t.match(await demandOverSsh(rehearsal, machine, 'id -u; cat /proc/mounts', minutes(1), first), /^0\n/)
  t.match(execFileSync('ssh-keygen', ['-l', '-f', first.knownHosts], { encoding: 'utf8' }), fingerprint, 'the host key is the one that the bastion tells')
  t.match(await rehearsal.labctl(['provision', 'describe', machine.mac]), { stdout: new RegExp(RegExp.escape(fingerprint)) })
  await t.test('a password, and a key that is not an operator’s, are refused', async t => {
    const password = await runOverSsh(rehearsal, machine, 'true', { ...first, options: ['PubkeyAuthentication=no', 'PreferredAuthentications=password,keyboard-interactive'] })
    t.match(password, { exitCode: 255, stderr: /Permission denied \(publickey\)/ })
    const stranger = join(rehearsal.folder.directory, 'stranger')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', stranger])
    t.match(await runOverSsh(rehearsal, machine, 'true', { ...first, key: stranger }), { exitCode: 255, stderr: /Permission denied \(publickey\)/ })
  })
  await demandOverSsh(rehearsal, machine, `set -e
    disk=/dev/$(lsblk -dno NAME,SERIAL | awk '$2 == "${machine.spec.disks[0]!.serial}" { print $1 }')
    pvcreate -q "$disk"; vgcreate -q data "$disk"; lvcreate -q -y -L 100m -n kept data; mkfs.ext4 -q /dev/data/kept
    mount /dev/data/kept /mnt; head -c 3000000 /dev/urandom >/mnt/file; umount /mnt; vgchange -q -an data; sync`, minutes(2), first)

  t.match(await rehearsal.labctl(['provision', 'cancel', machine.mac]), { exitCode: 0 })
  await waitFor(rehearsal, machine, 'waiting again', minutes(2), ({ machine: seen }) => seen.waiting && seen.order?.state !== 'installing')
  const before = await sums()

  const second = knownHosts('second')
  t.not(await rescued(rehearsal, machine), fingerprint, 'each boot has a host key of its own')
  const looked = await demandOverSsh(rehearsal, machine, 'lvs --noheadings -o lv_name,lv_active; ls /dev/mapper; cat /proc/mounts /proc/swaps', minutes(1), second)
  t.match(looked, /^ *kept *\ncontrol\n/, 'the volume is seen, and not active')
  t.notMatch(looked, /^\/dev\//m, 'nothing of a disk is mounted')
  t.same(await sums(), before)
  t.match(await rehearsal.labctl(['provision', 'cancel', machine.mac]), { exitCode: 0 })
  await waitFor(rehearsal, machine, 'waiting once more', minutes(2), ({ machine: seen }) => seen.waiting && seen.order?.state !== 'installing')

  await t.test('nothing is erased by a wrong serial', async t => {
    const [disk] = machine.spec.disks
    const wrong = await rehearsal.labctl(['provision', 'erase', machine.mac, '--disk', disk!.serial, '--serial', machine.spec.disks[1]!.serial, '--yes'])
    t.equal(wrong.exitCode, 4)
    t.match(wrong.stderr, /The serial typed for/)
    t.same(await sums(), before)
  })
  const { serial } = machine.spec.disks[0]!
  const erase = await rehearsal.labctl(['provision', 'erase', machine.mac, '--disk', serial, '--serial', serial, '--yes'])
  t.equal(erase.exitCode, 0, erase.stderr)
  const { timeline } = await waitFor(rehearsal, machine, 'erased', minutes(5), ({ machine: seen }) => seen.order?.kind === 'erase' && (seen.order.state === 'done' || seen.order.state === 'failed'))
  t.match(timeline.findLast(entry => entry.phase === 'erased')?.text, /read back as zeros/)
  await waitFor(rehearsal, machine, 'waiting after it', minutes(2), ({ machine: seen }) => seen.waiting)
  t.same(await sums(), [emptySum, before[1]])
})
