import t, { type Test } from 'tap'
import type { MachineDetail } from '../../../protocol/machines.ts'
import { sampleDetail, sampleEntry, sampleMachine, sampleOrder, samplePlanAnswer, sampleProof, sampleRecord, sampleRefused } from '../samples.ts'
import { problem, standInBastion, type StandIn } from '../stand-in-bastion.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'

const { digest } = samplePlanAnswer()
const installed = (more: Partial<MachineDetail> = {}) => sampleDetail({ machine: sampleMachine({ name: 'worker-1', state: 'installed', waiting: false, firmware: 'uefi' }), ...more })

async function bastionWithPlan(t: Test): Promise<StandIn> {
  const bastion = await standInBastion(t)
  bastion.answers.set('plan', () => ({ body: samplePlanAnswer() }))
  bastion.answers.set('machine', () => ({ body: installed() }))
  bastion.answers.set('reprovision', () => ({ status: 201, body: sampleOrder({ kind: 'reprovision', accept: ['lost-volume=srv'] }) }))
  return bastion
}
const orders = ({ asked }: StandIn) => asked.filter(line => line.startsWith('POST') && line !== 'POST /api/plan')

t.setTimeout(180_000)

t.test('reprovision shows the plan, takes a typed yes, and orders exactly what was shown', async t => {
  const bastion = await bastionWithPlan(t)
  const { code, out, err } = await runLabctl(t, ['provision', 'reprovision', 'worker-1', '--os', 'debian-13', '--accept', 'lost-volume=srv'], { env: pointAt(bastion), typed: ['yes'] })
  t.equal(code, 0)
  t.match(err, /Reprovision worker-1\? The plan wipes 0, reformats 2, creates 1, keeps 6\. Type yes/)
  t.match(out, /Plan of the reprovision[^]*Armed: reprovision worker-1 with debian-13\.[^]*accepted +lost-volume=srv[^]*efibootmgr -n[^]*labctl provision watch worker-1/)
  t.same(bastion.bodies, [
    ['plan', { machine: 'worker-1', order: 'reprovision', os: 'debian-13', accept: ['lost-volume=srv'] }],
    ['reprovision', { machine: 'worker-1', shown: digest, os: 'debian-13', accept: ['lost-volume=srv'] }],
  ])
})

t.test('anything but yes, and no terminal to ask on, order nothing and say what goes on', async t => {
  const bastion = await bastionWithPlan(t)
  for (const typed of [['y'], ['no'], [''], undefined]) {
    const { code, err } = await runLabctl(t, ['provision', 'reprovision', 'worker-1'], { env: pointAt(bastion), ...typed === undefined ? {} : { typed } })
    t.equal(code, 2)
    t.match(err, typed === undefined ? /there is no terminal to ask on[^]*--yes/ : /nobody said yes/)
  }
  t.same(orders(bastion), [])
  t.equal((await runLabctl(t, ['provision', 'reprovision', 'worker-1', '--yes', '--name', 'worker-9'], { env: pointAt(bastion) })).code, 0)
  t.same(orders(bastion), ['POST /api/reprovision'])
  t.same(bastion.bodies.at(-1), ['reprovision', { machine: 'worker-1', shown: digest, name: 'worker-9' }])
})

t.test('a plan that is refused orders nothing, and one that changed in between is told with its next step', async t => {
  const bastion = await bastionWithPlan(t)
  bastion.answers.set('plan', () => ({ body: sampleRefused }))
  t.equal((await runLabctl(t, ['provision', 'reprovision', 'worker-1', '--yes'], { env: pointAt(bastion) })).code, 4)
  t.same(orders(bastion), [])
  bastion.answers.set('plan', () => ({ body: samplePlanAnswer() }))
  bastion.answers.set('reprovision', () => problem(409, 'BST_REFUSED', 'The plan is not the one shown.', { refusals: [{ code: 'plan-changed', because: 'vg0/home would be reformatted.', nextStep: 'Look at the new plan.' }] }))
  const { code, err } = await runLabctl(t, ['provision', 'reprovision', 'worker-1', '--yes'], { env: pointAt(bastion) })
  t.equal(code, 4)
  t.match(err, /vg0\/home would be reformatted\. \(plan-changed\)\n {4}Next: Look at the new plan\./)
})

t.test('with -o json the answer alone is on standard output, the plan on standard error', async t => {
  const bastion = await bastionWithPlan(t)
  const { out, err } = await runLabctl(t, ['provision', 'reprovision', 'worker-1', '--yes', '-o', 'json'], { env: pointAt(bastion) })
  t.equal((JSON.parse(out) as { kind: string }).kind, 'reprovision')
  t.match(err, /Plan of the reprovision[^]*Carried over: /)
})

t.test('install with --wipe on a terminal shows the plan and asks; scripts and --yes go on as ever', async t => {
  const bastion = await bastionWithPlan(t)
  bastion.answers.set('install', () => ({ status: 201, body: sampleOrder() }))
  const argv = ['provision', 'install', 'x', 'worker-1', '--wipe', 'A']
  t.equal((await runLabctl(t, argv, { env: pointAt(bastion) })).code, 0)
  t.equal((await runLabctl(t, [...argv, '--yes'], { env: pointAt(bastion), typed: [] })).code, 0)
  t.equal((await runLabctl(t, argv.slice(0, 4), { env: pointAt(bastion), typed: [] })).code, 0, 'and nothing is asked where nothing may be wiped')
  t.same(bastion.bodies.map(([name]) => name), ['install', 'install', 'install'])
  t.equal((await runLabctl(t, argv, { env: pointAt(bastion), typed: ['no'] })).code, 2)
  t.equal((await runLabctl(t, argv, { env: pointAt(bastion), typed: ['yes'] })).code, 0)
  t.same(bastion.bodies.at(-1), ['install', { machine: 'x', name: 'worker-1', wipe: ['A'], shown: digest }])
})

t.test('retry of a reprovision shows the new plan and asks; that of an unshown install goes on as ever', async t => {
  const bastion = await bastionWithPlan(t)
  const failed = (more: object) => ({ body: installed({ machine: sampleMachine({ name: 'worker-1', order: sampleOrder({ state: 'failed', ...more }) }) }) })
  bastion.answers.set('retry', () => ({ body: sampleOrder({ kind: 'reprovision', attempt: 2 }) }))
  bastion.answers.set('machine', () => failed({ kind: 'reprovision' }))
  t.equal((await runLabctl(t, ['provision', 'retry', 'worker-1'], { env: pointAt(bastion) })).code, 2)
  t.same(orders(bastion), [])
  const { code, err } = await runLabctl(t, ['provision', 'retry', 'worker-1', '--accept', 'small-volume=srv'], { env: pointAt(bastion), typed: ['yes'] })
  t.equal(code, 0)
  t.match(err, /Retry to reprovision worker-1 with debian-13\?/)
  t.same(bastion.bodies.slice(-2), [
    ['plan', { machine: 'worker-1', order: 'reprovision', retry: true, accept: ['small-volume=srv'] }],
    ['retry', { shown: digest, accept: ['small-volume=srv'] }],
  ])
  bastion.answers.set('machine', () => failed({ wipe: ['A'] }))
  t.equal((await runLabctl(t, ['provision', 'retry', 'worker-1'], { env: pointAt(bastion) })).code, 0)
  t.same(bastion.bodies.at(-1), ['retry', {}])
  t.equal((await runLabctl(t, ['provision', 'retry', 'worker-1'], { env: pointAt(bastion), typed: ['yes'] })).code, 0)
  t.same(bastion.bodies.at(-1), ['retry', { shown: digest }], 'but on a terminal, where it may wipe, it is shown')
  bastion.answers.set('machine', () => failed({ planShown: true }))
  t.equal((await runLabctl(t, ['provision', 'retry', 'worker-1'], { env: pointAt(bastion) })).code, 2, 'an install whose plan was shown needs the new one shown')
})

t.test('adopt shows what would be recorded, asks, and records what was shown', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('adopt', ({ body }) => ({ body: { recorded: (body as { shown?: string }).shown !== undefined, record: sampleRecord(), digest, notes: ['vg0/data has no tag of ours: it gets one.'] } }))
  const argv = ['provision', 'adopt', 'x', '--role', 'worker', '--volume', 'vg0/root=/', '--volume', 'vg0/data=/srv,keep']
  const volumes = [{ group: 'vg0', name: 'root', mount: '/' }, { group: 'vg0', name: 'data', mount: '/srv', keep: true }]
  t.equal((await runLabctl(t, argv, { env: pointAt(bastion), typed: ['no'] })).code, 2)
  t.equal(bastion.bodies.length, 1, 'nothing is recorded without a yes')
  const { code, out } = await runLabctl(t, argv, { env: pointAt(bastion), typed: ['yes'] })
  t.equal(code, 0)
  t.match(out, /What would be recorded as ours:[^]*vg0\/root[^]*reformatted[^]*vg0\/data[^]*\/srv, adopted[^]*kept[^]*Note: vg0\/data has no tag[^]*Recorded: 2 volume/)
  t.same(bastion.bodies.at(-1), ['adopt', { role: 'worker', volumes, shown: digest }])
  for (const wrong of ['root=/', 'vg0/root', 'vg0/root=srv', 'vg0/root=/,other']) t.equal((await runLabctl(t, ['provision', 'adopt', 'x', '--volume', wrong], { env: pointAt(bastion), typed: ['yes'] })).code, 2, wrong)
})

t.test('retry of an erase asks once more, and names the disks', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => ({ body: installed({ machine: sampleMachine({ name: 'worker-1', order: sampleOrder({ kind: 'erase', state: 'failed', wipe: ['ata-QEMU_HARDDISK_QM00001'] }) }) }) }))
  bastion.answers.set('retry', () => ({ body: sampleOrder({ kind: 'erase', attempt: 2, wipe: ['ata-QEMU_HARDDISK_QM00001'] }) }))
  const refused = await runLabctl(t, ['provision', 'retry', 'worker-1'], { env: pointAt(bastion), typed: ['no'] })
  t.not(refused.code, 0)
  t.match(refused.err, /Erase ata-QEMU_HARDDISK_QM00001 of worker-1/)
  t.not((await runLabctl(t, ['provision', 'retry', 'worker-1'], { env: pointAt(bastion) })).code, 0, 'nor without a terminal')
  t.same(bastion.bodies.filter(([name]) => name === 'retry'), [], 'nothing was asked of the bastion')
  t.equal((await runLabctl(t, ['provision', 'retry', 'worker-1'], { env: pointAt(bastion), typed: ['yes'] })).code, 0)
  t.same(bastion.bodies.at(-1), ['retry', {}])
})

t.test('erase has each serial typed again, and --yes does not stand for it', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => ({ body: installed() }))
  bastion.answers.set('erase', () => ({ status: 201, body: sampleOrder({ kind: 'erase', wipe: ['ata-QEMU_HARDDISK_QM00001'] }) }))
  const argv = ['provision', 'erase', 'worker-1', '--disk', 'ata-QEMU_HARDDISK_QM00001', '--disk', 'wwn-0x5009']
  const run = (more: string[], typed?: string[]) => runLabctl(t, [...argv, ...more], { env: pointAt(bastion), ...typed === undefined ? {} : { typed } })
  t.match((await run(['--yes'])).err, /serial must be typed again[^]*--serial SERIAL/)
  t.match((await run(['--yes', '--serial', 'QM00001'])).err, /2 disk\(s\) are named and 1 serial/)
  t.equal((await run(['--yes'], ['QM00001', ''])).code, 2)
  t.equal((await run([], ['QM00001', 'S2', 'no'])).code, 2)
  t.equal((await run(['--serial', 'QM00001', '--serial', 'S2'])).code, 2, 'scripts say --yes beside the serials')
  t.same(orders(bastion), [])
  const { code, err, out } = await run([], ['QM00001', 'S2', 'yes'])
  t.equal(code, 0)
  t.match(err, /To be erased: ata-QEMU_HARDDISK_QM00001, QEMU HARDDISK, 25 GiB, last seen as sda, with 1 partition[^]*wwn-0x5009, which is not in the last facts[^]*Erase 2 disk/)
  t.match(out, 'Armed: erase ata-QEMU_HARDDISK_QM00001 of worker-1')
  t.equal((await run(['--serial', 'QM00001', '--serial', 'S2', '--yes'])).code, 0)
  for (const [, body] of bastion.bodies) t.same(body, { disks: [{ disk: 'ata-QEMU_HARDDISK_QM00001', serial: 'QM00001' }, { disk: 'wwn-0x5009', serial: 'S2' }] })
  t.equal((await runLabctl(t, ['provision', 'erase', 'worker-1'], { env: pointAt(bastion) })).code, 2, 'a disk must be named')
})

t.test('rescue tells the way in, and describe shows the SSH line with the host key', async t => {
  const bastion = await standInBastion(t)
  const order = sampleOrder({ kind: 'rescue', os: '', role: '', state: 'installing' })
  bastion.answers.set('rescue', () => ({ status: 201, body: { ...order, state: 'armed' } }))
  bastion.answers.set('machine', () => ({ body: installed({ orders: [order] }) }))
  t.match((await runLabctl(t, ['provision', 'rescue', 'worker-1'], { env: pointAt(bastion) })).out, /Armed: rescue worker-1\.[^]*describe worker-1 shows the SSH line/)
  t.match((await runLabctl(t, ['provision', 'describe', 'worker-1'], { env: pointAt(bastion) })).out, 'SSH is not up yet.')
  const key = `SHA256:${'aB3+'.repeat(10)}xyz`
  bastion.answers.set('machine', () => ({ body: installed({ orders: [order], timeline: [sampleEntry(1, 'ramdisk', { text: `SSH is up, host key ${key}.` }), sampleEntry(2, 'dhcp')] }) }))
  t.match((await runLabctl(t, ['provision', 'describe', 'worker-1'], { env: pointAt(bastion) })).out, `ssh root@10.0.0.5  host key ${key}`)
})

t.test('describe shows what is ours, what was overridden, and the comparison of what was kept, with what differs', async t => {
  const bastion = await standInBastion(t)
  const orders = [sampleOrder({ kind: 'reprovision', state: 'done', accept: ['lost-volume=srv'] })]
  bastion.answers.set('machine', () => ({ body: installed({ orders, record: sampleRecord(), proof: sampleProof(true) }) }))
  const good = (await runLabctl(t, ['provision', 'describe', 'worker-1'], { env: pointAt(bastion) })).out
  t.match(good, /Ours: [^]*vg0\/root[^]*reformatted[^]*Kept data: [^]*filesystem uuid +f-home +f-home +not yet +same[^]*All the same\.[^]*reprovision worker-1 with debian-13, role worker[^]*overridden: lost-volume=srv/)
  bastion.answers.set('machine', () => ({ body: installed({ orders, record: null, proof: sampleProof(false) }) }))
  const bad = (await runLabctl(t, ['provision', 'describe', 'worker-1'], { env: pointAt(bastion), live: true })).out
  t.match(bad, '\u001b[31mDIFFERS\u001b[39m')
  t.match(bad, 'NOT ALL THE SAME')
  t.match(bad, 'labctl provision adopt worker-1 shows')
})
