// One situation per verdict, its golden text, and that it comes and goes when it should.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { judgeSilence } from '../../../../bastion/boot/silence/judge-silence.ts'
import type { Look } from '../../../../bastion/boot/silence/look.ts'
import { verdictRules } from '../../../../bastion/boot/silence/verdict-rules.ts'
import type { TimelineEntry } from '../../../../protocol/machines.ts'
import { look, noon, situations } from './situations.ts'

const golden = new URL('../../../golden/verdicts/', import.meta.url)
const rules = verdictRules.flatMap(stage => stage.rules)
const verdictOf = (code: string) => judgeSilence(situations[code]!)
const withWord = (at: Look, more: Partial<TimelineEntry>): Look => ({ ...at, history: [...at.history, { id: 999, at: at.now, machine: 'm1', mac: '52:54:00:00:00:01', phase: 'online', evidence: 'signature', text: 'online', alarm: false, detail: null, ...more }] })

t.test('there are at least twenty verdicts, each with its own name, situation and golden text', async t => {
  t.ok(rules.length >= 20, `${rules.length} verdicts`)
  t.equal(new Set(rules.map(rule => rule.code)).size, rules.length)
  t.same(rules.map(rule => rule.code).toSorted(), Object.keys(situations).toSorted())
  if (process.env['UPDATE_GOLDEN'] !== '1') t.same(readdirSync(golden).toSorted(), rules.map(rule => `${rule.code}.txt`).toSorted())
})

for (const [code, situation] of Object.entries(situations)) {
  t.test(`${code} is the verdict where it belongs, in its words`, async t => {
    const verdict = verdictOf(code)
    t.equal(verdict?.code, code)
    const text = `${verdict?.code}\n\n${verdict?.because}\n\n${verdict?.nextStep}\n`
    const path = new URL(`${code}.txt`, golden)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text)
    t.equal(text, readFileSync(path, 'utf8'))
    t.notMatch(text, /\{\w+\}/, 'no blank is left unfilled')
    t.ok(verdict!.since <= situation.now)
  })

  t.test(`${code} goes with the machine's next word`, async t => {
    t.equal(judgeSilence(withWord(situation, {})), null)
    t.equal(judgeSilence({ ...situation, fetching: { file: 'ramdisk.img', since: situation.now - 1000 } }), null, 'what is being sent at the moment is no silence')
  })
}

t.test('no verdict that waits for something speaks a second too early', async t => {
  const patient = Object.entries(situations).filter(([code]) => !code.endsWith('-loop'))
  for (const [code, situation] of patient) t.not(judgeSilence({ ...situation, now: situation.now - 1000 })?.code, code, code)
})

t.test('a loop is over when half an hour is', async t => {
  for (const code of ['empty-disk-loop', 'disk-loop', 'installer-loop', 'ramdisk-loop', 'boot-loop', 'ipxe-loop']) t.not(judgeSilence({ ...situations[code]!, now: noon + 1_801_000 })?.code, code, code)
})

t.test('a firmware that passes over an offer without a boot program is told from one that got no offer', async t => {
  for (const [code, architecture] of [['arm64-without-files', 11], ['architecture-unknown', 6], ['offer-ignored', 7]] as const) {
    const at = look([], 60)
    const said = ['discover', 'offer'].map((what, id) => ({ id, at: noon, machine: null, mac: '52:54:00:00:00:01', phase: 'dhcp', evidence: 'dhcp-log', text: `DHCP ${what}`, alarm: false, detail: { what, client: 'firmware' as const, architecture } }))
    t.equal(judgeSilence({ ...at, history: said })?.code, code)
  }
})

t.test('iPXE that asks for the fourth time is in a loop, and not before', async t => {
  const loop = situations['ipxe-loop']!
  t.equal(judgeSilence({ ...loop, history: loop.history.filter((_, index) => index < loop.history.length - 5) }), null)
})

t.test('what an operator did, and an alarm about somebody else, are no words of the machine', async t => {
  const silent = situations['overlay-no-facts']!
  t.equal(judgeSilence(withWord(silent, { phase: 'operator', evidence: 'operator' }))?.code, 'overlay-no-facts')
  t.equal(judgeSilence(withWord(silent, { phase: 'facts', alarm: true }))?.code, 'overlay-no-facts')
})

t.test('a machine that does as it should has no verdict, however long it does', async t => {
  const waiting = situations['waiting-stopped']!
  t.equal(judgeSilence({ ...waiting, now: noon + 86_400_000, waitingUntil: noon + 86_400_000 + 55_000 }), null, 'waiting for a day')
  t.equal(judgeSilence({ ...situations['facts-then-silence']!, startedAt: noon + 60_000 }), null, 'the bastion has only just started: nobody could poll')
  t.equal(judgeSilence(look([], 86_400)), null, 'never seen, nothing ordered')
  t.equal(judgeSilence({ ...situations['facts-then-silence']!, afterDiscovery: 'poweroff' }), null, 'told to power off')
  t.equal(judgeSilence({ ...situations['facts-then-silence']!, byInstaller: true, afterDiscovery: 'local-disk' }), null, 'discovered by an installer: it has gone to its disk')
  const first = withWord(situations['reboot-no-first-boot']!, { phase: 'first-boot' })
  t.equal(judgeSilence({ ...first, now: noon + 30 * 86_400_000 }), null, 'installed a month ago')
  t.equal(judgeSilence({ ...situations['fell-to-network']!, firmware: 'bios', now: noon + 86_400_000 }), null, 'a BIOS starts from the network each time, and goes on to its disk')
})

t.test('entries from before this version, which say nothing to programs, give no wrong verdict', async t => {
  const old = situations['leased-no-tftp']!
  t.equal(judgeSilence({ ...old, history: old.history.map(entry => ({ ...entry, detail: null })) }), null)
})

t.test('an entry of a clock that ran ahead is no word of the past', async t => {
  t.equal(judgeSilence(withWord({ ...situations['overlay-no-facts']!, now: noon + 240_000 }, { at: noon + 9_000_000 }))?.code, 'overlay-no-facts')
})
