import t from 'tap'
import type { LogLine } from '../../../protocol/machine-logs.ts'
import { parse } from 'yaml'
import { noon, sampleDetail, sampleEntry, sampleFacts, sampleMachine, sampleOrder } from '../samples.ts'
import { standInBastion } from '../stand-in-bastion.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'

t.test('no machines: the list names the next step, and -o json is still a list', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [] } }))
  const { code, out } = await runLabctl(t, ['provision', 'list'], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.match(out, /^No machines yet\.\nSwitch one on/)
  t.match(out, 'labctl doctor')
  t.same(JSON.parse((await runLabctl(t, ['provision', 'list', '-o', 'json'], { env: pointAt(bastion) })).out), { machines: [], strangers: [] })
})

t.test('the list shows a machine by name, its order with phase and percentage, and its alarms', async t => {
  const bastion = await standInBastion(t)
  const machines = [sampleMachine({ lastSeenAt: Date.now() - 65_000 }), sampleMachine({ name: 'worker-2', waiting: false, alarms: 2, macs: ['52:54:00:00:00:02', '52:54:00:00:00:03'], order: sampleOrder({ state: 'installing', phase: 'image', percent: 41.6 }) })]
  bastion.answers.set('list', () => ({ body: { machines } }))
  const { out } = await runLabctl(t, ['provision', 'list'], { env: pointAt(bastion) })
  const [head = '', first = '', second = ''] = out.split('\n')
  t.match(head, /^MACHINE +STATE +ORDER +MAC +ADDRESS/)
  t.match(first, /^52:54:00:12:34:56 +discovered, waiting +- +52:54:00:12:34:56 +10\.0\.0\.5 +bios +QEMU Standard PC +1 min ago +-$/)
  t.match(second, /^worker-2 +discovered +install: image 42% +52:54:00:00:00:02 \+1 .* 2$/)
})

t.test('documents read back as the values that the bastion sent, hostile text included, and hold no control character', async t => {
  const bastion = await standInBastion(t)
  const hostile = 'x\u001b]0;owned\u0007\u009b31m\r\nfake line\u202egnp.exe\u{e0041}\ud800 "q" \\u0041 # : - '
  const machine = sampleMachine({ product: hostile, serial: hostile })
  const detail = sampleDetail({ machine, facts: sampleFacts({ nics: [{ name: hostile, mac: '52:54:00:12:34:56', driver: null, linkUp: null, speedMbps: null }] }), timeline: [sampleEntry(1, 'facts', { text: hostile })] })
  bastion.answers.set('machine', () => ({ body: detail }))
  const json = await runLabctl(t, ['provision', 'describe', 'x', '-o', 'json'], { env: pointAt(bastion) })
  t.same(JSON.parse(json.out), JSON.parse(JSON.stringify({ ...detail, syslog: [] })))
  const yaml = await runLabctl(t, ['provision', 'describe', 'x', '-o', 'yaml'], { env: pointAt(bastion) })
  t.same(parse(yaml.out), JSON.parse(JSON.stringify({ ...detail, syslog: [] })))
  const table = await runLabctl(t, ['provision', 'describe', 'x'], { env: pointAt(bastion) })
  t.match(table.out, '\\x1b]0;owned\\x07')
  for (const { out } of [json, yaml, table]) t.notMatch(out.replaceAll('\n', ''), /[\p{Cc}\u202e\u{e0041}]/u)
  t.notMatch(table.out, /^fake line/m, 'a line feed in a machine’s text makes no line of its own')
})

t.test('describe shows hardware, disks with what --wipe takes, LVM, orders with reasons and the timeline', async t => {
  const bastion = await standInBastion(t)
  const timeline = Array.from({ length: 20 }, (_, index) => sampleEntry(index + 1, 'ramdisk', { alarm: index === 0 }))
  bastion.answers.set('machine', () => ({ body: sampleDetail({ orders: [sampleOrder({ state: 'failed', because: 'The disk is too small.' })], timeline }) }))
  const { code, out } = await runLabctl(t, ['provision', 'describe', 'x'], { env: pointAt(bastion) })
  t.equal(code, 0)
  for (const wanted of ['2.0 GiB', 'ata-QEMU_HARDDISK_QM00001', 'wwn-0x5001', '25 GiB', 'ext4 "old-boot"', 'vg0/root', 'xfs', 'enp0s3', 'up, 1000 Mb/s', 'The disk is too small.', 'labctl provision retry', 'Earlier alarms', 'ALARM: ']) {
    t.ok(out.includes(wanted.replace('2.0 GiB', '2 GiB')), wanted)
  }
  t.equal(out.split('\n').filter(line => line.includes('ramdisk was reached')).length, 16, 'the last 15 entries and the one earlier alarm')
})

t.test('describe shows what an installer’s log says beside its order, and that it proves nothing', async t => {
  const bastion = await standInBastion(t)
  const hint = { at: 1000, step: 'installing', text: 'package 3 of 4 is being installed', percent: 50 }
  bastion.answers.set('machine', () => ({ body: sampleDetail({ orders: [sampleOrder({ state: 'installing', phase: 'packages' })], hint }) }))
  t.match((await runLabctl(t, ['provision', 'describe', 'x'], { env: pointAt(bastion) })).out, 'its installer says: package 3 of 4 is being installed (50 %), by syslog, which proves nothing')
})

t.test('describe has an empty state for facts, orders and timeline that names the next step', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => ({ body: sampleDetail({ facts: null }) }))
  const { out } = await runLabctl(t, ['provision', 'describe', 'x'], { env: pointAt(bastion) })
  t.match(out, 'Boot it from the network.')
  t.match(out, 'labctl provision install 52:54:00:12:34:56 NAME')
  t.match(out, 'Nothing has happened yet.')
})

t.test('install sends what was asked and tells whether the machine waits or must be switched on', async t => {
  const bastion = await standInBastion(t)
  const bodies: unknown[] = []
  bastion.answers.set('install', ({ body }) => { bodies.push(body); return { status: 201, body: sampleOrder({ wipe: ['QM00001', '0x5001'] }) } })
  bastion.answers.set('machine', () => ({ body: sampleDetail() }))
  const argv = ['provision', 'install', '52-54-00-12-34-56', 'worker-1']
  const waiting = await runLabctl(t, [...argv, '--role', 'infra', '--os', 'debian-13', '--wipe', 'QM00001', '--wipe', '0x5001'], { env: pointAt(bastion) })
  t.equal(waiting.code, 0)
  t.match(waiting.out, /Armed: install debian-13 on 52-54-00-12-34-56 as worker-1/)
  t.match(waiting.out, 'QM00001, 0x5001')
  t.match(waiting.out, 'will begin within half a minute')
  bastion.answers.set('machine', () => ({ body: sampleDetail({ machine: sampleMachine({ waiting: false }) }) }))
  const off = await runLabctl(t, argv, { env: pointAt(bastion) })
  t.match(off.out, 'switch the machine on')
  t.match(off.out, 'labctl provision watch 52-54-00-12-34-56')
  t.same(bodies, [{ machine: '52-54-00-12-34-56', name: 'worker-1', role: 'infra', os: 'debian-13', wipe: ['QM00001', '0x5001'] }, { machine: '52-54-00-12-34-56', name: 'worker-1' }])
})

t.test('forget asks first, and does nothing unless somebody says yes', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => ({ body: sampleDetail() }))
  bastion.answers.set('forget', () => ({}))
  const no = await runLabctl(t, ['provision', 'forget', 'x'], { env: pointAt(bastion) })
  t.equal(no.code, 2)
  t.notOk(bastion.asked.some(asked => asked.startsWith('DELETE')))
  t.equal((await runLabctl(t, ['provision', 'forget', 'x'], { env: pointAt(bastion), yes: true })).code, 0)
  t.equal((await runLabctl(t, ['provision', 'forget', 'x', '--yes'], { env: pointAt(bastion) })).code, 0)
  t.equal(bastion.asked.filter(asked => asked === 'DELETE /api/machines/x').length, 2)
})

t.test('retry and cancel tell what became of the order', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => ({ body: sampleDetail() }))
  bastion.answers.set('retry', () => ({ body: sampleOrder({ attempt: 2 }) }))
  bastion.answers.set('cancel', () => ({ body: sampleOrder({ state: 'cancelled' }) }))
  t.match((await runLabctl(t, ['provision', 'retry', 'x'], { env: pointAt(bastion) })).out, /Armed[^]*attempt +2/)
  t.match((await runLabctl(t, ['provision', 'cancel', 'x'], { env: pointAt(bastion) })).out, /Cancelled: the order to install debian-13 as worker-1/)
})

const line = (id: number, text: string, more: Partial<LogLine> = {}): LogLine => ({ id, at: noon, address: '10.0.0.5', severity: 6, program: 'kernel', text, dropped: 0, ...more })

t.test('logs shows the tail with its lines, harmless, and an empty state', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('log', () => ({ body: { log: 'one\r\ntwo\u001b[2J\n\tthree\n' } }))
  bastion.answers.set('lines', () => ({ body: { lines: [] } }))
  t.equal((await runLabctl(t, ['provision', 'logs', 'x'], { env: pointAt(bastion) })).out, 'one\ntwo\\x1b[2J\n\tthree\n')
  t.equal((await runLabctl(t, ['provision', 'logs', 'x', '-n', '1'], { env: pointAt(bastion) })).out, '\tthree\n')
  t.equal((await runLabctl(t, ['provision', 'logs', 'x', '-n', '0'], { env: pointAt(bastion) })).code, 2)
  bastion.answers.set('log', () => ({ body: { log: '' } }))
  t.match((await runLabctl(t, ['provision', 'logs', 'x'], { env: pointAt(bastion) })).out, 'labctl provision watch x')
})

t.test('logs shows what came by syslog behind the tail, harmless, and says that it proves nothing', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('log', () => ({ body: { log: 'tail\n' } }))
  bastion.answers.set('lines', ({ query }) => ({ body: { lines: [line(1, 'link up'), line(2, 'evil\u001b[2J\u202e\r\nfake line', { severity: 3, program: null }), line(3, '7 lines were dropped', { dropped: 7, program: null })].slice(-Number(query['limit'])) } }))
  const { out } = await runLabctl(t, ['provision', 'logs', 'x'], { env: pointAt(bastion) })
  t.match(out, /^tail\n\nBy syslog, which anybody .*\n\d\d:\d\d:\d\d {2}kernel: link up\n\S+ {2}evil\\x1b\[2J\\u\{202e\}\\x0d\\x0afake line\n\S+ {2}7 lines were dropped\n$/)
  t.match(JSON.parse((await runLabctl(t, ['provision', 'logs', 'x', '-n', '1', '-o', 'json'], { env: pointAt(bastion) })).out), { log: 'tail', syslog: [{ id: 3, dropped: 7 }] })
  t.ok(bastion.asked.includes('GET /api/logs/x?after=0&limit=1'))
})

t.test('logs of a stranger or an address asks for no tail, and without a sender lists all', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('lines', () => ({ body: { lines: [line(1, 'hello')] } }))
  for (const sender of ['10.0.0.9', '52:54:00:00:00:99']) t.match((await runLabctl(t, ['provision', 'logs', sender], { env: pointAt(bastion) })).out, 'kernel: hello', sender)
  t.notOk(bastion.asked.some(asked => asked.includes('10.0.0.9/log')))
  bastion.answers.set('logs', () => ({ body: { senders: [] } }))
  t.match((await runLabctl(t, ['provision', 'logs'], { env: pointAt(bastion) })).out, /^Nobody has sent a line yet/)
  bastion.answers.set('logs', () => ({ body: { senders: [{ machine: '0193', name: 'worker-1', mac: null, address: '10.0.0.5', lines: 12, dropped: 3, lastAt: Date.now() }, { machine: null, name: null, mac: null, address: '10.0.0.9', lines: 1, dropped: 0, lastAt: Date.now() }] } }))
  t.match((await runLabctl(t, ['provision', 'logs'], { env: pointAt(bastion) })).out, /worker-1 +10\.0\.0\.5 +12 +3 +just now\nunknown +10\.0\.0\.9 +1 +0/)
})

t.test('logs -f goes on with what comes, each line once, over a lost connection too', async t => {
  const bastion = await standInBastion(t)
  const kept = [line(1, 'one')]
  bastion.answers.set('log', () => ({ body: { log: '' } }))
  bastion.answers.set('list', () => ({ body: { machines: [sampleMachine({ name: 'worker-1' })] } }))
  bastion.answers.set('lines', ({ query }) => ({ body: { lines: kept.filter(({ id }) => id > Number(query['after'])) } }))
  const end = new AbortController()
  const running = runLabctl(t, ['provision', 'logs', 'worker-1', '-f'], { env: pointAt(bastion), signal: end.signal })
  const until = async (condition: () => boolean) => { while (!condition()) await new Promise(resolve => setTimeout(resolve, 10)) }
  await until(() => bastion.watchers() === 1)
  const tell = (told: LogLine) => { kept.push(told); bastion.tell({ logs: [told], machine: '0193-machine', mac: null }) }
  tell(line(2, 'two'))
  bastion.cut()
  await until(() => bastion.watchers() === 0)
  kept.push(line(3, 'three'))
  await until(() => bastion.watchers() === 1)
  tell(line(4, 'four'))
  await new Promise(resolve => setTimeout(resolve, 300))
  end.abort()
  const { code, out } = await running
  t.same([...out.matchAll(/kernel: (\w+)/g)].map(found => found[1]), ['one', 'two', 'three', 'four'])
  t.equal(code, 130)
})
