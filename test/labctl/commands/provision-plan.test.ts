import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import type { Layout } from '../../../protocol/layout.ts'
import { sampleDetail, sampleFacts, samplePlanAnswer, sampleRecord, sampleRefused } from '../samples.ts'
import { problem, standInBastion } from '../stand-in-bastion.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'

const layout: Layout = { disk: { pick: 'only' }, group: 'vg0', bootMib: 1024, espMib: 512, volumes: [{ name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 4096, keep: false }] }

function files(t: Test, named: Record<string, unknown>): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-plan-test-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  return Object.fromEntries(Object.entries(named).map(([name, value]) => {
    const path = join(folder, name)
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    return [name.replace(/\..*$/, ''), path]
  }))
}

t.setTimeout(180_000)

/** A bastion that knows a machine with a record, and answers plans. */
async function bastionThat(t: Test, answers: () => object) {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => ({ body: sampleDetail({ record: sampleRecord() }) }))
  bastion.answers.set('plan', () => ({ body: answers() }))
  return bastion
}

t.test('a plan is a table of every device, with what is carried over and what is kept', async t => {
  const bastion = await bastionThat(t, () => samplePlanAnswer())
  const { code, out } = await runLabctl(t, ['provision', 'plan', 'worker-1', '--role', 'infra', '--os', 'debian-13', '--wipe', 'A', '--wipe', 'B', '--accept', 'lost-volume=srv'], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.match(out, /^Plan of the reprovision \(3fa93fa93fa9\)[^]*vg0[^]*Kept, and compared[^]*v-home[^]*Carried over: /)
  t.same(bastion.bodies, [['plan', { machine: 'worker-1', order: 'reprovision', role: 'infra', os: 'debian-13', wipe: ['A', 'B'], accept: ['lost-volume=srv'] }]])
})

t.test('a refused plan names every refusal with code, next step and override, and has an exit code of its own', async t => {
  const bastion = await bastionThat(t, () => sampleRefused)
  const { code, out, err } = await runLabctl(t, ['provision', 'plan', 'worker-1'], { env: pointAt(bastion) })
  t.equal(code, 4)
  t.equal(out, '')
  t.equal(err, `Error: This would be refused, for 2 reasons. Nothing was ordered, nothing is touched. (plan-refused)
  Refused: The volume vg0/srv, recorded as /srv, is not there. (lost-volume)
    Next: Look for its disk.
    Or, if that is meant: --accept lost-volume=srv
  Refused: It starts by BIOS and was recorded with UEFI. (firmware-changed)
    Next: Set it back to UEFI.
`)
})

t.test('as a document the plan and the refusals read back, and a refusal still has its exit code', async t => {
  const bastion = await bastionThat(t, () => samplePlanAnswer())
  const good = await runLabctl(t, ['provision', 'plan', 'x', '-o', 'json'], { env: pointAt(bastion) })
  t.equal(good.code, 0)
  t.same(JSON.parse(good.out), samplePlanAnswer())
  bastion.answers.set('plan', () => ({ body: sampleRefused }))
  const refused = await runLabctl(t, ['provision', 'plan', 'x', '-o', 'json'], { env: pointAt(bastion) })
  t.equal(refused.code, 4)
  t.same(JSON.parse(refused.out), sampleRefused)
})

t.test('the shell and Kickstart faces are printed as the bastion gave them', async t => {
  const bastion = await bastionThat(t, () => samplePlanAnswer())
  bastion.answers.set('plan', ({ body }) => ({ body: samplePlanAnswer({}, `face ${(body as { face: string }).face}\n\ttab\n`) }))
  for (const face of ['shell', 'kickstart']) t.equal((await runLabctl(t, ['provision', 'plan', 'x', '-o', face], { env: pointAt(bastion) })).out, `face ${face}\n\ttab\n`)
  bastion.answers.set('plan', () => ({ body: samplePlanAnswer({}, 'a\u001b[2J\n') }))
  t.equal((await runLabctl(t, ['provision', 'plan', 'x', '-o', 'shell'], { env: { ...pointAt(bastion), NO_COLOR: '1' }, live: true })).out, 'a\\x1b[2J\n', 'harmless on a terminal')
  bastion.answers.set('plan', () => ({ body: samplePlanAnswer() }))
  t.equal((await runLabctl(t, ['provision', 'plan', 'x', '-o', 'shell'], { env: pointAt(bastion) })).code, 1, 'a face that is missing is a failure')
})

t.test('from files, facts, record and the layout of a role go to the bastion of the settings', async t => {
  const bastion = await bastionThat(t, () => samplePlanAnswer())
  const paths = files(t, { 'facts.json': sampleDetail(), 'record.json': sampleDetail({ record: sampleRecord() }), 'bastion.yaml': stringify({ install: { role: 'worker', layouts: { worker: layout, infra: { ...layout, group: 'vg1' } } } }), 'bare.json': layout, 'layouts.yaml': stringify({ layouts: { only: layout } }) })
  const run = (...more: string[]) => runLabctl(t, ['provision', 'plan', '--facts', paths['facts']!, ...more], { env: pointAt(bastion) })
  t.equal((await run('--record', paths['record']!, '--layout', paths['bastion']!, '--role', 'infra')).code, 0)
  t.equal((await run('--layout', paths['bare']!, '--order', 'install')).code, 0)
  t.equal((await run('--layout', paths['layouts']!)).code, 0)
  t.match((await run('--layout', paths['bastion']!)).err, /holds layouts for worker, infra; --role says which/)
  t.match((await run('--layout', paths['bastion']!, '--role', 'x')).err, /no layout for the role x/)
  t.same(bastion.bodies.map(([, body]) => (body as { layout: Layout }).layout.group), ['vg1', 'vg0', 'vg0'])
  t.same((bastion.bodies[0]![1] as { facts: unknown }).facts, sampleFacts(), 'facts out of what describe printed')
  t.same((bastion.bodies[0]![1] as { record: unknown }).record, sampleRecord(), 'and the record')
})

t.test('files that are missing, no documents, or something else are named, and nothing is asked', async t => {
  const bastion = await standInBastion(t)
  const paths = files(t, { 'facts.json': sampleFacts(), 'bare.json': layout, 'broken.yaml': 'a: [', 'aliases.yaml': `a: &a [x, x]\nb: &b [${'*a, '.repeat(90)}]\nc: [${'*b, '.repeat(90)}]\n`, 'other.json': { version: 1 } })
  const run = (...argv: string[]) => runLabctl(t, ['provision', 'plan', ...argv], { env: pointAt(bastion) })
  const wrong: [string[], RegExp][] = [
    [[], /Neither a machine was named/], [['--facts', paths['facts']!], /Neither a machine/], [['x', '--facts', paths['facts']!], /--facts is for a plan from files/],
    [['--facts', '/nowhere', '--layout', paths['bare']!], /\/nowhere cannot be read/], [['--facts', paths['other']!, '--layout', paths['bare']!], /holds no facts of a machine: /],
    [['--facts', paths['facts']!, '--layout', paths['broken']!], /is neither JSON nor YAML/], [['--facts', paths['facts']!, '--layout', paths['aliases']!], /cannot be read: Excessive alias count/],
    [['--facts', paths['facts']!, '--layout', paths['other']!], /is no layout: /], [['--facts', paths['facts']!, '--layout', paths['bare']!, '--record', paths['other']!], /is no record of a machine: /],
  ]
  for (const [argv, because] of wrong) {
    const { code, err } = await run(...argv)
    t.equal(code, 2, argv.join(' '))
    t.match(err, because)
  }
  t.same(bastion.asked, [])
})

t.test('a bastion that does not answer is told as such, with every option', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('plan', () => problem(404, 'BST_NOT_FOUND', 'There is no machine "x".'))
  t.equal((await runLabctl(t, ['provision', 'plan', 'x'], { env: pointAt(bastion) })).code, 3)
})

t.test('without --order it is a reprovision where something is recorded as ours, and an install where not', async t => {
  const bastion = await bastionThat(t, () => samplePlanAnswer())
  const paths = files(t, { 'facts.json': sampleFacts(), 'record.json': sampleRecord(), 'layout.json': layout })
  await runLabctl(t, ['provision', 'plan', 'x'], { env: pointAt(bastion) })
  await runLabctl(t, ['provision', 'plan', 'x', '--order', 'install'], { env: pointAt(bastion) })
  bastion.answers.set('machine', () => ({ body: sampleDetail() }))
  await runLabctl(t, ['provision', 'plan', 'x'], { env: pointAt(bastion) })
  const fromFiles = ['provision', 'plan', '--facts', paths['facts']!, '--layout', paths['layout']!]
  await runLabctl(t, fromFiles, { env: pointAt(bastion) })
  await runLabctl(t, [...fromFiles, '--record', paths['record']!], { env: pointAt(bastion) })
  t.same(bastion.bodies.map(([, body]) => (body as { order: string }).order), ['reprovision', 'install', 'install', 'install', 'reprovision'])
})

t.test('without a bastion, labctl-bastion on this host gives every face of the same plan, and the same refusals', async t => {
  const paths = files(t, { 'facts.json': sampleFacts(), 'layout.json': { install: { layouts: { worker: { ...layout, group: 'vg9' } } } } })
  const run = (...more: string[]) => runLabctl(t, ['provision', 'plan', '--facts', paths['facts']!, '--layout', paths['layout']!, ...more])
  const refused = await run()
  t.equal(refused.code, 4)
  t.match(refused.err, /^No bastion is configured: labctl-bastion on this host makes the plan\.\nError: This would be refused[^]*\(disk-holds-data\)/)
  const wipe = ['--order', 'install', '--wipe', 'QM00001', '--offline']
  const table = await run(...wipe)
  t.equal(table.code, 0, table.err)
  t.match(table.out, /disk ata-QEMU_HARDDISK_QM00001 \(sda\) +25 GiB +wipe/)
  const document = JSON.parse((await run(...wipe, '-o', 'json')).out) as { kind: string, plan: { volumes: unknown[] } }
  t.equal(document.plan.volumes.length, 1)
  t.match((await run(...wipe, '-o', 'shell')).out, /lvcreate/)
  const kickstart = await run(...wipe, '-o', 'kickstart')
  t.match(kickstart.out, /^logvol \/ .*--vgname=vg9/m)
})
