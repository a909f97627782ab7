// Verdicts about silent machines, and MACs that are no machine yet, as an operator sees them.
import t from 'tap'
import type { Stranger, Verdict } from '../../../protocol/machines.ts'
import { sampleDetail, sampleEntry, sampleMachine, sampleOrder } from '../samples.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'
import { problem, standInBastion } from '../stand-in-bastion.ts'

const until = async (condition: () => boolean) => { while (!condition()) await new Promise(resolve => setTimeout(resolve, 10)) }
const verdict: Verdict = { code: 'overlay-no-facts', because: 'Last seen: “Loaded the \u001b[31mkernel”; nothing else for 4 min. The RAM disk most probably has no driver.', nextStep: 'Look at its console.', since: Date.now() - 240_000 }
const stranger: Stranger = { mac: '52:54:00:00:00:09', address: '10.0.0.9', lastSeenAt: Date.now() - 65_000, phase: 'tftp', text: `fetched snponly.efi over TFTP ${'x'.repeat(200)}\u001b[2J`, verdict: { ...verdict, code: 'program-without-ipxe', because: 'Secure Boot is most probably on.', nextStep: 'Switch it off.' } }

t.test('the list marks what is silent, and shows what network-boots and is no machine yet', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [sampleMachine({ name: 'worker-1', verdict }), sampleMachine({ name: 'worker-2', verdict: null })] } }))
  bastion.answers.set('strangers', () => ({ body: { strangers: [stranger] } }))
  const { out, code } = await runLabctl(t, ['provision', 'list'], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.match(out, /^MACHINE .* SEEN +VERDICT +ALARMS\n/)
  t.match(out, /\nworker-1 .* overlay-no-facts +-\n/)
  t.match(out, /\nworker-2 .* - +-\n/)
  t.match(out, /\nMAC +ADDRESS +SEEN +LAST WORD +VERDICT\n52:54:00:00:00:09 +10\.0\.0\.9 +1 min ago +fetched snponly\.efi over TFTP x+… +program-without-ipxe\n/)
  t.match(out, 'labctl provision describe says what a verdict is about')
  t.notMatch(out, '\u001b')
  t.same(JSON.parse((await runLabctl(t, ['provision', 'list', '-o', 'json'], { env: pointAt(bastion) })).out).strangers, JSON.parse(JSON.stringify([stranger])))
})

t.test('without a verdict the list has no column for them, and a bastion that knows no strangers has none', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [sampleMachine()] } }))
  const { out, code } = await runLabctl(t, ['provision', 'list'], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.notMatch(out, /VERDICT|Seen booting/)
})

t.test('describe says what the silence most probably means and what to try, with nothing that a terminal would obey', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => ({ body: sampleDetail({ machine: sampleMachine({ verdict }) }) }))
  const { out } = await runLabctl(t, ['provision', 'describe', 'x'], { env: pointAt(bastion) })
  t.match(out, '\nSilent: overlay-no-facts\n  Last seen: “Loaded the \\x1b[31mkernel”; nothing else for 4 min. The RAM disk most probably has no driver.\n  Next: Look at its console.\n')
})

t.test('describe shows a MAC that is no machine yet; what was never seen is refused as before', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('machine', () => problem(404, 'BST_NOT_FOUND', 'There is no machine "x".'))
  bastion.answers.set('stranger', ({ params }) => params['mac'] === stranger.mac ? { body: { stranger, timeline: [sampleEntry(1, 'tftp', { machine: null, mac: stranger.mac, text: stranger.text })] } } : problem(404, 'BST_NOT_FOUND', 'Nothing was seen.'))
  const { out, code } = await runLabctl(t, ['provision', 'describe', stranger.mac], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.match(out, /^52:54:00:00:00:09 is no machine yet: it has told no facts\. Last seen 1 min ago, at 10\.0\.0\.9\.\n\n  Secure Boot is most probably on\.\n  Next: Switch it off\.\n\nTimeline\n/)
  t.notMatch(out, '\u001b')
  for (const unknown of ['52:54:00:00:00:0a', 'worker-9']) {
    const refused = await runLabctl(t, ['provision', 'describe', unknown], { env: pointAt(bastion) })
    t.not(refused.code, 0)
    t.match(refused.err, 'There is no machine "x".')
  }
})

t.test('a watch tells a verdict once, when it comes, and again only when it is another; documents stay entries', async t => {
  const bastion = await standInBastion(t)
  const state = { verdict: null as Verdict | null, order: sampleOrder({ state: 'installing', phase: 'facts' }) }
  bastion.answers.set('machine', () => ({ body: sampleDetail({ machine: sampleMachine({ name: 'worker-1', order: state.order, verdict: state.verdict }), orders: [state.order] }) }))
  bastion.answers.set('timeline', () => ({ body: { timeline: [] } }))
  const watch = async (argv: readonly string[]) => {
    const running = runLabctl(t, ['provision', 'watch', 'worker-1', ...argv], { env: pointAt(bastion) })
    await until(() => bastion.watchers() === 1)
    const before = bastion.asked.length
    state.verdict = verdict
    for (const id of [1, 2]) bastion.tell(sampleEntry(id, 'operator'))
    await until(() => bastion.asked.slice(before).filter(asked => asked === 'GET /api/machines/0193-machine').length >= 1)
    bastion.tell(sampleEntry(3, 'operator'))
    await until(() => bastion.asked.slice(before).filter(asked => asked === 'GET /api/machines/0193-machine').length >= 2)
    state.verdict = null
    state.order = sampleOrder({ state: 'done' })
    bastion.tell(sampleEntry(4, 'first-boot'))
    const ended = await running
    state.order = sampleOrder({ state: 'installing', phase: 'facts' })
    await until(() => bastion.watchers() === 0)
    return ended
  }
  const { out, code } = await watch([])
  t.equal(code, 0)
  t.equal(out.split('worker-1 is silent: overlay-no-facts').length, 2, 'once')
  t.match(out, '   Next: Look at its console.')
  for (const line of (await watch(['-o', 'json'])).out.trim().split('\n')) t.ok(typeof JSON.parse(line).phase === 'string')
})
