import t from 'tap'
import type { TimelineEntry } from '../../../protocol/machines.ts'
import { sampleDetail, sampleEntry, sampleMachine, sampleOrder, sampleProof } from '../samples.ts'
import { standInBastion, type StandIn } from '../stand-in-bastion.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'

const until = async (condition: () => boolean) => { while (!condition()) await new Promise(resolve => setTimeout(resolve, 10)) }

/** Serves one machine whose timeline and order a test moves on. */
function serveMachine(bastion: StandIn, timeline: TimelineEntry[]) {
  const state = { order: sampleOrder({ state: 'installing', phase: 'disks' }) }
  bastion.answers.set('machine', () => ({ body: sampleDetail({ machine: sampleMachine({ name: 'worker-1', order: state.order }), orders: [state.order], timeline: [...timeline] }) }))
  bastion.answers.set('timeline', ({ query }) => ({ body: { timeline: timeline.filter(entry => entry.id > Number(query['after'])) } }))
  return state
}

t.test('a watched install shows each phase once, what came before, what was missed and what comes, and ends with 0', async t => {
  const bastion = await standInBastion(t)
  const timeline = [sampleEntry(1, 'dispatched'), sampleEntry(2, 'kernel')]
  const state = serveMachine(bastion, timeline)
  const running = runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion) })
  await until(() => bastion.watchers() === 1)
  timeline.push(sampleEntry(3, 'facts'))
  bastion.tell(sampleEntry(3, 'facts'))
  bastion.cut()
  await until(() => bastion.watchers() === 0)
  timeline.push(sampleEntry(4, 'disks'))
  await until(() => bastion.watchers() === 1)
  state.order = sampleOrder({ state: 'done' })
  timeline.push(sampleEntry(10, 'first-boot'))
  bastion.tell(sampleEntry(10, 'first-boot'))
  const { code, out, err } = await running
  t.equal(code, 0)
  const lines = out.split('\n').filter(line => line.includes('was reached'))
  t.same(lines.map(line => / ([a-z-]+) was reached$/.exec(line)?.[1]), ['dispatched', 'kernel', 'facts', 'disks', 'first-boot'])
  t.match(lines[1], /^\d\d:\d\d:\d\d +\+1\.0 s +kernel/)
  t.match(out, /first-boot +\+9\.0 s +6\.0 s\n/, 'the table of phases says when, and how long since the phase before')
  t.match(out, /Done: worker-1 runs debian-13 from its own disk\.\n$/)
  t.match(err, 'trying again')
})

t.test('a watched install that fails ends with 1, its reason and where to look', async t => {
  const bastion = await standInBastion(t)
  const state = serveMachine(bastion, [sampleEntry(1, 'dispatched')])
  state.order = sampleOrder({ state: 'failed', because: 'The image stream was cut.' })
  const { code, err } = await runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion) })
  t.equal(code, 1)
  t.match(err, 'The image stream was cut.')
  t.match(err, 'labctl provision logs worker-1')
})

t.test('an order that was cancelled or is contested ends a watch with 4', async t => {
  const bastion = await standInBastion(t)
  const state = serveMachine(bastion, [])
  for (const end of ['cancelled', 'contested'] as const) {
    state.order = sampleOrder({ state: end })
    t.equal((await runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion) })).code, 4)
  }
})

t.test('a watched reprovision ends with 0 only where nothing kept is known to differ', async t => {
  const bastion = await standInBastion(t)
  const order = sampleOrder({ kind: 'reprovision', state: 'done' })
  for (const [same, code, says] of [[true, 0, 'runs debian-13 beside the data that it had'], [false, 1, 'what was kept is not all the same as before']] as const) {
    bastion.answers.set('machine', () => ({ body: sampleDetail({ machine: sampleMachine({ name: 'worker-1', order }), orders: [order], proof: sampleProof(same) }) }))
    bastion.answers.set('timeline', () => ({ body: { timeline: [] } }))
    const ran = await runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion) })
    t.equal(ran.code, code)
    t.match(ran.out + ran.err, says)
  }
})

t.test('a rescue is watched until SSH answers, an erase until the disks are erased', async t => {
  const bastion = await standInBastion(t)
  const state = serveMachine(bastion, [])
  state.order = sampleOrder({ kind: 'rescue', state: 'installing', phase: 'rescue' })
  t.match((await runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion) })).out, 'describe worker-1 shows the SSH line')
  state.order = sampleOrder({ kind: 'erase', state: 'done', wipe: ['disk-1'] })
  t.match((await runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion) })).out, 'disk-1 of worker-1 hold nothing any more')
})

t.test('a watch with --timeout ends with 7', async t => {
  const bastion = await standInBastion(t)
  serveMachine(bastion, [])
  const { code, err } = await runLabctl(t, ['provision', 'watch', 'worker-1', '--timeout', '1'], { env: pointAt(bastion) })
  t.equal(code, 7)
  t.match(err, 'It may still go on')
})

t.test('on a terminal a line below shows the present phase with a bar, and is gone after Ctrl-C', async t => {
  const bastion = await standInBastion(t)
  const state = serveMachine(bastion, [sampleEntry(1, 'image')])
  state.order = sampleOrder({ state: 'installing', phase: 'image', percent: 50 })
  const stop = new AbortController()
  const { code, out } = await runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion), live: true, signal: stop.signal, onOut: text => { if (text.includes('50%')) stop.abort() } })
  t.equal(code, 130)
  t.match(out, '[###############---------------]  50%')
  t.ok(out.endsWith('\r\u001b[2K'), 'the status line is erased')
})

t.test('what an installer’s log says is shown as such: each step once, each quarter of it, and below on a terminal', async t => {
  const bastion = await standInBastion(t)
  const order = sampleOrder({ state: 'installing', phase: 'packages' })
  let asked = 0
  bastion.answers.set('machine', () => {
    asked += 1
    const number = [1, 1, 2, 60, 61][asked - 1] ?? 61
    return { body: sampleDetail({ machine: sampleMachine({ name: 'worker-1', order }), orders: [order], timeline: [], hint: { at: 1000, step: 'installing', text: `package ${number} of 100 is being installed`, percent: number } }) }
  })
  bastion.answers.set('timeline', () => ({ body: { timeline: [] } }))
  const stop = new AbortController()
  const running = runLabctl(t, ['provision', 'watch', 'worker-1'], { env: pointAt(bastion), live: true, signal: stop.signal, onOut: text => { if (text.includes('package 61')) stop.abort() } })
  await until(() => bastion.watchers() === 1)
  for (let id = 1; id < 5; id += 1) {
    bastion.tell(sampleEntry(id, 'dhcp'))
    const before = asked
    await until(() => asked > before)
  }
  const { out } = await running
  t.match(out, /packages {5}.*its installer says: package 61 of 100 is being installed \(61 %\)/)
  const lines = [...out.matchAll(/\d\d:\d\d:\d\d {2}its installer says: package (\d+) /g)].map(found => found[1])
  t.same(lines, ['1', '60'])
})

t.test('all machines are watched by name, as JSON lines too, until Ctrl-C', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [sampleMachine({ name: 'worker-1' })] } }))
  for (const format of ['table', 'json'] as const) {
    const stop = new AbortController()
    let out = ''
    const running = runLabctl(t, ['provision', 'watch', '-o', format], { env: pointAt(bastion), signal: stop.signal, onOut: text => { out += text; if (out.includes('second')) stop.abort() } })
    await until(() => bastion.watchers() === 1)
    bastion.tell(sampleEntry(1, 'dispatched', { text: 'first\u001b[2J' }))
    bastion.tell(sampleEntry(2, 'dispatched', { machine: null, mac: '52:54:00:00:00:09', text: 'second' }))
    t.equal((await running).code, 130)
    const lines = out.trimEnd().split('\n')
    if (format === 'json') t.same(lines.map(line => (JSON.parse(line) as TimelineEntry).text), ['first\u001b[2J', 'second'])
    else {
      t.match(lines[0], /worker-1 +dispatched +first\\x1b\[2J$/)
      t.match(lines[1], /52:54:00:00:00:09 +dispatched +second$/)
    }
    await until(() => bastion.watchers() === 0)
  }
})

t.test('a machine that is not known, or a token that is not valid, ends a watch at once', async t => {
  const bastion = await standInBastion(t)
  t.equal((await runLabctl(t, ['provision', 'watch', 'nobody'], { env: pointAt(bastion) })).code, 3)
  const unknown = await runLabctl(t, ['provision', 'watch'], { env: { ...pointAt(bastion), LABCTL_TOKEN: 'another-token' } })
  t.equal(unknown.code, 5)
  t.match(unknown.err, 'The API token shown is not valid here.')
})
