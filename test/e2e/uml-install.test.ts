// The same RAM disk, installer and first boot on a real kernel with real LVM, without firmware: what a fault does to an install.
import t from 'tap'
import { imageWithManifest } from '../lib/image-with-manifest.ts'
import { discovered, firstBooted, orderFailed, rehearsed, waitFor } from '../lib/rehearsed.ts'

const minutes = (count: number) => count * 60_000

t.test('an install survives a bastion that is killed at every phase', { timeout: minutes(12) }, async t => {
  const rehearsal = await rehearsed(t)
  const machine = rehearsal.addMachine({ kind: 'uml' })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(2))
  t.match(await rehearsal.api('POST', '/api/install', { machine: machine.mac, name: 'worker-1' }), { status: 201 })
  for (const phase of ['facts', 'disks', 'image', 'configure']) {
    await waitFor(rehearsal, machine, phase, minutes(5), ({ machine: seen }) => seen.order?.phase === phase || passed(seen.order?.phase ?? '', phase))
    await rehearsal.killBastion9()
    await rehearsal.startBastion()
  }
  const detail = await firstBooted(rehearsal, machine, minutes(6))
  t.match(detail.machine, { name: 'worker-1', state: 'installed', order: { state: 'done', attempt: 1 } })
  t.equal(detail.orders.length, 1)
  t.equal(detail.timeline.filter(entry => entry.phase === 'facts' && /order is consumed/.test(entry.text)).length, 1, 'installed once')
})

const order = ['facts', 'disks', 'image', 'configure', 'reboot', 'first-boot']
function passed(now: string, phase: string): boolean {
  return order.indexOf(now) > order.indexOf(phase)
}

t.test('machines that cannot be installed are refused with the reason, and their disks stay as they are', { timeout: minutes(10) }, async t => {
  const rehearsal = await rehearsed(t)
  const diskless = rehearsal.addMachine({ kind: 'uml', disks: [] })
  const small = rehearsal.addMachine({ kind: 'uml', disks: [{ sizeGib: 2 }] })
  for (const machine of [diskless, small]) await machine.powerOn()
  t.same((await discovered(rehearsal, diskless, minutes(3))).facts!.disks, [], 'a machine without a disk reports, and waits')
  await discovered(rehearsal, small, minutes(3))
  const before = await small.diskChecksum()
  const refused = async (mac: string) => (await rehearsal.api('POST', '/api/install', { machine: mac, name: 'worker-1' })).body
  t.match(await refused(diskless.mac), { status: 409, code: 'BST_REFUSED', refusals: [{ code: 'no-disk', because: /no disk/i, nextStep: /\w/ }] })
  t.match(await refused(small.mac), { status: 409, code: 'BST_REFUSED', refusals: [{ code: /disk-too-small|disk-outside-rule/, because: /GiB|MiB/, nextStep: /\w/ }] })
  const told = await rehearsal.labctl(['provision', 'install', small.mac, 'worker-1'])
  t.equal(told.exitCode, 4)
  t.match(told.stderr, /Refused: (.|\n)*Next: /)
  t.equal(await small.diskChecksum(), before)
})

t.test('an image whose bytes are not those of its manifest fails the install with the reason and the log; the next attempt succeeds', { timeout: minutes(12) }, async t => {
  const image = imageWithManifest(t)
  const rehearsal = await rehearsed(t, { os: { directory: image.directory } })
  const machine = rehearsal.addMachine({ kind: 'uml' })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(2))
  image.write(manifest => ({ ...manifest, files: manifest.files.map(file => ({ ...file, sha256: '0'.repeat(64) })) }))
  t.match(await rehearsal.api('POST', '/api/install', { machine: machine.mac, name: 'worker-1' }), { status: 201 })
  t.match(await orderFailed(rehearsal, machine, minutes(5)), /SHA-256|checksum|sum/i)
  const { stdout } = await rehearsal.labctl(['provision', 'logs', 'worker-1'])
  t.match(stdout, /labctl: /)
  image.write(same => same)
  t.match(await rehearsal.api('POST', '/api/machines/worker-1/retry'), { status: 200 })
  const detail = await firstBooted(rehearsal, machine, minutes(6))
  t.match(detail.machine.order, { state: 'done', attempt: 2 })
})
