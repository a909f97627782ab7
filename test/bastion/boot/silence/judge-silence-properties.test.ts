// Whatever a machine, or somebody on the wire, puts on a timeline, judging it does not throw, gives one verdict or none, and the same one twice.
import * as fc from 'fast-check'
import t from 'tap'
import { judgeBoots } from '../../../../bastion/boot/silence/judge-boots.ts'
import { judgeSilence } from '../../../../bastion/boot/silence/judge-silence.ts'
import { parseWords } from '../../../../bastion/boot/silence/parse-words.ts'
import { verdictRules } from '../../../../bastion/boot/silence/verdict-rules.ts'
import { history, look, noon } from './situations.ts'

const codes = new Set(verdictRules.flatMap(stage => stage.rules).map(rule => rule.code))
const phase = fc.oneof(fc.constantFrom('dhcp', 'tftp', 'fetch', 'dispatched', 'kernel', 'overlay', 'ramdisk', 'facts', 'disks', 'image', 'packages', 'configure', 'rescue', 'erased', 'failed', 'reboot', 'first-boot', 'operator', 'proof', 'alarm'), fc.string())
const what = fc.oneof(fc.constantFrom('discover', 'offer', 'request', 'ack', 'nak', 'decline', 'boot-file', 'sent', 'missing', 'broken', 'fetched', 'ramdisk', 'local-disk', 'retry', 'refuse', 'came-back', 'order-given'), fc.string())
const file = fc.constantFrom('boot.ipxe', 'vmlinuz', 'ramdisk.img', 'firmware.img', 'initrd.img', 'install.img', 'image.tar', 'ipxe.efi', '__proto__', '{file}')
const detail = fc.option(fc.record({ what, client: fc.constantFrom('firmware' as const, 'ipxe' as const, 'system' as const), architecture: fc.integer(), file }, { requiredKeys: ['what'] }))
const entry = fc.record({ at: fc.integer({ min: noon - 7_200_000, max: noon + 7_200_000 }), phase, evidence: fc.string(), text: fc.string(), alarm: fc.boolean(), detail })
const order = fc.option(fc.record({
  kind: fc.constantFrom('install' as const, 'reprovision' as const, 'rescue' as const, 'erase' as const), state: fc.constantFrom('armed' as const, 'installing' as const, 'failed' as const, 'contested' as const),
  phase: fc.option(fc.string()), name: fc.string(), os: fc.string(), osReady: fc.boolean(), createdAt: fc.integer(), updatedAt: fc.integer({ min: noon - 7_200_000, max: noon }),
}))
const looks = fc.record({
  entries: fc.array(entry, { maxLength: 60 }), order, waitingUntil: fc.option(fc.integer({ min: noon - 7_200_000, max: noon + 60_000 })), installed: fc.boolean(), byInstaller: fc.boolean(),
  firmware: fc.constantFrom('bios' as const, 'uefi' as const, null), afterDiscovery: fc.constantFrom('wait' as const, 'local-disk' as const, 'poweroff' as const, 'reboot' as const), seconds: fc.integer({ min: 0, max: 100_000 }),
}).map(({ entries, seconds, ...more }) => look([], seconds, { ...more, history: entries.map((one, index) => ({ ...one, id: index, machine: 'm1', mac: null })) }))

t.test('any history has one known verdict or none, from its past, with words that lead on', async t => {
  let spoken = 0
  fc.assert(fc.property(looks, look => {
    const verdict = judgeSilence(look)
    t.strictSame(judgeSilence(structuredClone(look)), verdict)
    if (verdict === null) return
    spoken += 1
    return codes.has(verdict.code) && verdict.since <= look.now && verdict.because.length < 1500 && verdict.nextStep.length > 10
  }), { numRuns: 3000 })
  t.ok(spoken > 500, `${spoken} of 3,000 had one`)
})

t.test('any history falls into boots, in order, with every word in one of them', async t => {
  fc.assert(fc.property(fc.array(entry, { maxLength: 60 }), entries => {
    const words = parseWords(entries.map((one, index) => ({ ...one, id: index, machine: null, mac: null })))
    t.strictSame(judgeBoots(words).flatMap(boot => boot.words), words)
  }), { numRuns: 1000 })
})

t.test('what a machine says of itself changes no verdict but by being quoted', async t => {
  const said = { phase: 'dhcp', evidence: 'dhcp-log', text: 'DHCP discover from {ref} {address}\u001b[31m\nALARM', detail: { what: 'discover', client: 'firmware' as const } }
  const verdict = judgeSilence({ ...look([said], 60), history: history([said]) })
  t.equal(verdict?.code, 'discover-unanswered')
  t.ok(verdict?.because.startsWith(`Last seen: “${said.text}”`), 'quoted as it is; blanks in it are not filled in, terminals are protected where it is shown')
})
