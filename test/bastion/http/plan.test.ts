// POST /api/plan, and the same from files by labctl-bastion plan.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import t from 'tap'
import type { PlanAnswer } from '../../../protocol/plan-request.ts'
import { complaintsOf } from '../../lib/ksvalidator.ts'
import { projectFolder } from '../../house/list-sources.ts'
import { discoveredMachine, installedMachine, keepingLayout } from '../../lib/installed-machine.ts'
import { sampleDisk, sampleFacts } from '../../lib/sample-facts.ts'

t.test('over HTTP', async t => {
  const under = await installedMachine(t)
  const plan = (body: object) => under.post('/api/plan', body)
  const worker = under.machine.mac

  await t.test('a plan names what happens, has a digest that stays, and arms nothing', async t => {
    const [first, second] = [await under.plan(), await under.plan()]
    if (first.kind === 'refused' || second.kind === 'refused') throw new Error(JSON.stringify(first))
    t.equal(first.digest, second.digest)
    t.equal(first.text, null)
    t.match(first.plan, { version: 2, order: 'reprovision', kept: [{ name: 'home' }, { name: 'srv' }], carryOver: { paths: ['/etc/ssh/ssh_host_*', '/etc/rancher/node/password'], mostMib: 16 } })
    t.equal((await under.order()).kind, 'install')
  })

  await t.test('its faces are text', async t => {
    const shell = await under.plan({ face: 'shell' })
    t.match(shell, { kind: 'plan', text: /^#!\/bin\/sh\n/ })
    t.notMatch((shell as { text: string }).text, /PLACEHOLDER/)
    t.match((shell as { text: string }).text, /worker-1/)
    t.match(await under.plan({ face: 'kickstart' }), { kind: 'plan', text: /--useexisting --noformat/ })
    t.match(await under.plan({ face: 'shell', os: 'debian-99' }), { kind: 'refused', refusals: [{ code: 'os-missing', nextStep: 'labctl os add debian-99' }] })
    t.match(await under.plan({ os: 'debian-99' }), { kind: 'plan' }, 'the plan itself needs no image')
  })

  await t.test('refusals are an answer, not an error', async t => {
    t.match(await under.plan({ role: 'none' }), { kind: 'refused', refusals: [{ code: 'role-unknown' }] })
    t.match(await under.plan({ order: 'install' }), { kind: 'refused', refusals: [{ code: 'disk-holds-data', nextStep: /--wipe/ }] })
    t.match(await under.plan({ accept: ['no-such-thing=x'] }), { kind: 'refused', refusals: [{ code: 'accept-unknown' }] })
  })

  await t.test('facts, record and layout that come with the request are planned as they are, null included', async t => {
    const facts = sampleFacts({ disks: [sampleDisk({ wwn: null, model: null })] })
    const answer = (await plan({ order: 'install', facts, layout: keepingLayout })).json() as PlanAnswer
    t.match(answer, { kind: 'plan', plan: { disks: [{ serial: 'disk-1', signature: null, tableUuid: null }], machineId: '00000000-0000-0000-0000-000000000000' } })
    const { facts: healthy, record } = await under.detail()
    t.match((await plan({ order: 'reprovision', facts: healthy, record, layout: keepingLayout })).json(), { kind: 'plan', plan: { machineId: record!.machineId } })
    t.match((await plan({ order: 'reprovision', facts: healthy, record: { facts: healthy }, layout: keepingLayout, face: 'shell' })).json(), { kind: 'plan', plan: { kept: [{ name: 'home' }, { name: 'srv' }] } })
    t.match((await plan({ order: 'reprovision', facts, layout: keepingLayout })).json(), { kind: 'refused', refusals: [{ code: 'not-recorded' }] })
    t.match((await plan({ order: 'reprovision', facts: { ...healthy, disks: [] }, record, layout: keepingLayout })).json(), { kind: 'refused' })
    t.match((await plan({ order: 'install', facts, layout: { ...keepingLayout, volumes: [{ ...keepingLayout.volumes[0], mount: '/etc' }] } })).json(), { kind: 'refused', refusals: [{ code: 'layout-impossible' }, {}] })
  })

  await t.test('requests of another form are refused with where', async t => {
    for (const body of [{ order: 'install' }, { order: 'install', machine: worker, facts: sampleFacts() }, { order: 'install', facts: sampleFacts(), retry: true }]) t.match((await plan(body)).json(), { status: 400, code: 'BST_INPUT_INVALID', detail: /one of the two is wanted/ })
    t.match((await plan({ order: 'dance', machine: worker })).json(), { status: 400, detail: /body\/order/ })
    t.match((await plan({ order: 'install', facts: { ...sampleFacts(), disks: [{ name: 7 }] } })).json(), { status: 400, detail: /body\/facts\/disks/ })
    t.match((await plan({ order: 'install', machine: 'nobody' })).json(), { status: 404 })
    t.match((await plan({ order: 'reprovision', machine: worker, retry: true })).json(), { status: 409, code: 'BST_CONFLICT', detail: /no open order/ })
    const tooLarge = await plan({ order: 'install', padding: 'x'.repeat(6 * 2 ** 20) }).then(answer => answer.status, (error: NodeJS.ErrnoException) => error.code)
    t.ok([413, 'EPIPE', 'ECONNRESET'].includes(tooLarge!), `six MiB: ${tooLarge}`)
    t.equal((await plan({ order: 'install', facts: { ...sampleFacts(), lvm: { ...sampleFacts().lvm, warnings: Array.from({ length: 1000 }, () => 'w'.repeat(1900)) } }, layout: keepingLayout })).status, 200, 'two MiB of facts')
  })
})

t.test('a report that does not agree stands in the plan’s way, until it is accepted that the machine is again as it was', async t => {
  const under = await installedMachine(t)
  await under.reprovision()
  const healthy = structuredClone(under.facts)
  under.facts.disks = []
  under.facts.lvm = { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: [] }
  t.match((await under.boot()).json(), { refusals: [{ code: 'facts-disagree' }] })
  t.match(await under.plan(), { kind: 'refused', refusals: [{ code: 'facts-differ', accept: 'facts-differ=worker-1' }, {}] }, 'and what the planner says of the newest report')
  t.match((await under.plan({ retry: true }) as { refusals: { code: string }[] }).refusals.map(({ code }) => code).join(' '), /disk-missing/)
  under.facts = healthy
  const accept = ['facts-differ=worker-1']
  const shown = await under.digest({ retry: true, accept })
  t.match((await under.post('/api/machines/worker-1/retry', { shown, accept })).json(), { state: 'armed', accept })
  const given = await under.boot()
  t.equal(given.status, 200)
  await under.obey(given)
  t.match(await under.detail(), { proof: { same: true } })
  t.match(await under.plan(), { kind: 'plan' }, 'a report that agrees takes it back')
})

t.test('an install that was cut is retried with the plan that was shown before it', async t => {
  const under = await discoveredMachine(t)
  const shown = await under.digest({ order: 'install' })
  await under.post('/api/install', { machine: under.machine.mac, name: 'worker-1', shown })
  const { storage } = JSON.parse((await under.filesOf(await under.boot()))['plan.json']!) as Parameters<typeof under.cut>[0]
  await under.machine.progress('disks')
  under.cut({ storage }, 8)
  t.match(await under.machine.dispatch(), /came back/)
  const again = await under.digest({ order: 'install', retry: true })
  t.match((await under.post('/api/machines/worker-1/retry', { shown: again })).json(), { state: 'armed', attempt: 2 })
  const given = await under.boot()
  t.equal(given.status, 200)
  await under.obey(given)
  t.match((await under.detail()).machine, { state: 'installed' })
})

t.test('from files, without a daemon', async t => {
  const folder = t.testdir()
  const file = (name: string, value: unknown) => { writeFileSync(join(folder, name), name.endsWith('.yaml') ? stringify(value) : JSON.stringify(value)); return join(folder, name) }
  const facts = file('facts.json', sampleFacts())
  const layout = file('layout.yaml', keepingLayout)
  const run = (...args: string[]) => spawnSync(process.execPath, [`${projectFolder}bastion/main.ts`, 'plan', ...args], { encoding: 'utf8' })
  t.match(run('--facts', facts, '--layout', layout), { status: 0, stdout: /^ACTION .*\nwipe +disk +virtio-disk-1 (.|\n)*Digest: [0-9a-f]{64}\n$/, stderr: '' })
  t.match(JSON.parse(run('--facts', facts, '--layout', layout, '-o', 'json').stdout), { kind: 'plan', text: null, plan: { order: 'install' } })
  t.match(run('--facts', facts, '--layout', layout, '-o', 'shell'), { status: 0, stdout: /^#!\/bin\/sh\n# PLACEHOLDERS: no image of debian-13 is known here/ })
  t.match(run('--facts', facts, '--layout', layout, '-o', 'kickstart'), { status: 0, stdout: /^logvol \/home /m })
  const whole = run('--facts', facts, '--layout', layout, '-o', 'kickstart', '--os', 'fedora-43')
  t.match(whole, { status: 0, stdout: /^# Installs fedora-43 .*\n# PLACEHOLDERS: no installation tree of fedora-43 is known here(.|\n)*^logvol \/home (.|\n)*^%packages\n(.|\n)*useradd|systemctl enable labctl-first-boot/m })
  t.equal(await complaintsOf(whole.stdout, 'F43', folder), null)
  t.match(run('--facts', facts, '--layout', layout, '-o', 'kickstart', '--os', 'fedora-39'), { status: 4, stdout: '', stderr: /^REFUSED os-release: "fedora 39" is not a release/ })
  t.match(run('--facts', facts, '--layout', layout, '-o', 'shell', '--os', 'alma-9.6'), { status: 4, stderr: /^REFUSED os-tree: alma-9\.6 is installed by Kickstart/ })
  t.match(run('--facts', file('detail.json', { machine: {}, facts: sampleFacts() }), '--layout', file('config.yaml', { install: { layouts: { a: keepingLayout, b: { ...keepingLayout, group: 'vgb' } } } }), '--role', 'b'), { status: 0, stdout: /vgb\/home/ })
  const refused = run('--facts', facts, '--layout', layout, '--order', 'reprovision')
  t.match(refused, { status: 4, stdout: '', stderr: /^REFUSED not-recorded: / })
  t.match(run('--facts', facts, '--layout', layout, '--order', 'reprovision', '-o', 'json'), { status: 4, stdout: /"kind": "refused"/ })
  t.match(run('--facts', facts, '--layout', layout, '--wipe', 'none', '--wipe', 'other'), { status: 4, stderr: /wipe-unknown-disk(.|\n)*wipe-unknown-disk/ })
  const hostile = sampleFacts({ disks: [sampleDisk({ serial: 'x\u001b[31m\ny', byId: ['virtio-x'] })] })
  t.notMatch(run('--facts', file('hostile.json', hostile), '--layout', layout).stdout, /\u001b/)
  for (const [args, message] of [
    [['--facts', facts], /Both --facts and --layout are wanted/], [['--facts', join(folder, 'none'), '--layout', layout], /cannot be read: ENOENT/], [['--facts', layout, '--layout', layout], /layout\.yaml is not of the form wanted/],
    [['--facts', facts, '--layout', facts], /facts\.json is not of the form wanted/], [['--facts', facts, '--layout', file('bad.yaml', { ...keepingLayout, volumes: [{ ...keepingLayout.volumes[0], mount: '/etc' }] })], /can’t be made/],
    [['--facts', facts, '--layout', join(folder, 'config.yaml'), '--role', 'z'], /no layout for the role "z"; it has a, b/], [['--facts', facts, '--layout', layout, '--order', 'dance'], /no order "dance"/],
    [['--facts', facts, '--layout', layout, '-o', 'xml'], /no output "xml"/], [['--fax'], /Unknown option/], [['--facts', facts, '--layout', layout, '--record', facts], /facts\.json is not of the form wanted/],
  ] as const) t.match(run(...args), { status: 2, stdout: '', stderr: message }, args.join(' '))
  t.match(run('--help'), { status: 0, stdout: /^labctl-bastion plan --facts FILE/ })
})
