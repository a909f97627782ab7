// The command line against the real daemon, with a machine that reports what a machine would.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { PlanAnswer } from '../../protocol/plan-request.ts'
import { installedMachine, type MachineUnderOrders } from '../lib/installed-machine.ts'
import { runLabctl, type Ran, type RunOptions } from './run-labctl.ts'
import { projectFolder } from '../house/list-sources.ts'

/** `labctl provision …` as an operator of that bastion. */
function operator(t: Test, { bastion }: MachineUnderOrders): (argv: readonly string[], options?: RunOptions) => Promise<Ran> {
  const { url, pin, token } = JSON.parse(execFileSync(process.execPath, ['bastion/main.ts', 'operator-token', 'operator', '--config', join(bastion.folder, 'bastion.yaml')], { cwd: projectFolder, encoding: 'utf8' }).trim().split('\n').at(-1)!) as Record<'url' | 'pin' | 'token', string>
  const env = { LABCTL_URL: url, LABCTL_PIN: pin, LABCTL_TOKEN: token }
  return (argv, options = {}) => runLabctl(t, ['provision', ...argv], { ...options, env })
}

t.setTimeout(300_000)

t.test('a reprovision from the plan to the proof', async t => {
  const under = await installedMachine(t)
  const labctl = operator(t, under)
  const table = await labctl(['plan', 'worker-1'])
  t.equal(table.code, 0, table.err)
  t.match(table.out, /Plan of the reprovision[^]*volume root +8 GiB +reformat[^]*volume home +2 GiB +keep[^]*Kept, and compared[^]*vg0\/home[^]*Carried over: \/etc\/ssh\/ssh_host_\*/)
  const document = JSON.parse((await labctl(['plan', 'worker-1', '-o', 'json'])).out) as Extract<PlanAnswer, { kind: 'plan' }>
  t.equal(document.plan.kept.length, 2)
  for (const face of ['shell', 'kickstart']) {
    const { code, out, err } = await labctl(['plan', 'worker-1', '-o', face])
    t.equal(code, 0, err)
    t.match(out, face === 'shell' ? /^#!\/bin\/sh/ : /logvol \/home .*--noformat/)
  }
  t.equal((await labctl(['reprovision', 'worker-1'], { typed: ['no'] })).code, 2)
  t.equal((await under.order()).kind, 'install', 'nothing was armed')
  const ordered = await labctl(['reprovision', 'worker-1'], { typed: ['yes'] })
  t.equal(ordered.code, 0, ordered.err)
  t.match(ordered.out, 'Armed: reprovision worker-1 with debian-13.')
  t.match((await labctl(['list'])).out, /worker-1 +installed +reprovision: armed/)
  await under.obey(await under.boot())
  const watched = await labctl(['watch', 'worker-1'])
  t.equal(watched.code, 0, watched.err)
  t.match((await labctl(['describe', 'worker-1'])).out, /Ours: [^]*vg0\/home[^]*kept[^]*Kept data: [^]*filesystem uuid[^]*same[^]*All the same\./)
})

t.test('a volume that is lost in between: refused with its override, shown again by retry, and done', async t => {
  const under = await installedMachine(t)
  const labctl = operator(t, under)
  t.equal((await labctl(['reprovision', 'worker-1', '--yes'])).code, 0)
  const { lvm } = under.facts
  for (const place of [lvm.volumeGroups[0]!, lvm.physicalVolumes[0]!]) place.freeBytes += lvm.logicalVolumes.find(volume => volume.name === 'srv')!.sizeBytes
  lvm.logicalVolumes = lvm.logicalVolumes.filter(volume => volume.name !== 'srv')
  t.equal((await under.boot()).status, 409)
  t.equal((await labctl(['watch', 'worker-1'])).code, 1)
  const refused = await labctl(['retry', 'worker-1', '--yes'])
  t.equal(refused.code, 4)
  t.match(refused.err, /\(lost-volume\)[^]*--accept lost-volume=srv/)
  const retried = await labctl(['retry', 'worker-1', '--accept', 'lost-volume=srv'], { typed: ['yes'] })
  t.equal(retried.code, 0, retried.err)
  t.match(retried.out, /a refusal is overridden: --accept lost-volume=srv[^]*attempt +2[^]*accepted +lost-volume=srv/)
  t.match((await labctl(['describe', 'worker-1'])).out, 'overridden: lost-volume=srv')
})

t.test('what somebody else installed is adopted once it was shown, and then planned', async t => {
  const under = await installedMachine(t)
  const labctl = operator(t, under)
  for (const group of under.facts.lvm.volumeGroups) group.tags = []
  for (const volume of under.facts.lvm.logicalVolumes) volume.tags = []
  await labctl(['forget', 'worker-1', '--yes'])
  await under.machine.overlay(await under.machine.dispatch())
  await under.report()
  const { mac } = under.machine
  t.match((await labctl(['plan', mac, '--order', 'reprovision'])).err, /\(not-recorded\)/)
  const adopted = await labctl(['adopt', mac, '--volume', 'vg0/root=/', '--volume', 'vg0/home=/home,keep', '--volume', 'vg0/srv=/srv'], { typed: ['yes'] })
  t.equal(adopted.code, 0, adopted.err)
  t.match(adopted.out, /vg0\/home +2 GiB +\/home, adopted +kept[^]*Recorded: 3 volume/)
  t.equal((await labctl(['adopt', mac, '--volume', 'vg0/none=/'], { typed: ['yes'] })).code, 4)
  t.match((await labctl(['reprovision', mac, '--yes'])).err, /\(name-missing\)/)
  const ordered = await labctl(['reprovision', mac, '--name', 'worker-7', '--yes'])
  t.equal(ordered.code, 0, ordered.err)
})

t.test('an erase takes only the serial that the disk has; a rescue and an erase are told in the list', async t => {
  const under = await installedMachine(t)
  const labctl = operator(t, under)
  const [disk] = under.facts.disks
  const wrong = await labctl(['erase', 'worker-1', '--disk', disk!.byId[0]!], { typed: ['WRONG', 'yes'] })
  t.equal(wrong.code, 4)
  t.match(wrong.err, /\(serial-mismatch\)/)
  const rescue = await labctl(['rescue', 'worker-1'])
  t.equal(rescue.code, 0, rescue.err)
  t.match((await labctl(['list'])).out, 'rescue: armed')
  t.equal((await labctl(['cancel', 'worker-1'])).code, 0)
  const erase = await labctl(['erase', 'worker-1', '--disk', disk!.byId[0]!], { typed: [disk!.serial!, 'yes'] })
  t.equal(erase.code, 0, erase.err)
  t.match((await labctl(['list'])).out, 'erase: armed')
})
