// The Kickstart face as text: what it was, and what the real ksvalidator says of it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Value } from 'typebox/value'
import { renderKickstartStorage } from '../../../bastion/install/render-kickstart.ts'
import { quoteKickstart } from '../../../bastion/platform/quote-kickstart.ts'
import { StoragePlanSchema } from '../../../protocol/storage-plan.ts'
import { complaintsOf } from '../../lib/ksvalidator.ts'
import { situations } from './kickstart-of.ts'

t.setTimeout(300_000)
const versions = ['F42', 'F43', 'RHEL9', 'RHEL10']
const textOf = (name: string): string => {
  const rendered = renderKickstartStorage(situations[name]!())
  if (rendered.kind === 'refused') throw new Error(JSON.stringify(rendered.refusals, null, 2))
  return rendered.text
}

for (const name of Object.keys(situations)) {
  t.test(`${name}: the commands are what they were, and ksvalidator finds nothing in them for any release`, async t => {
    t.ok(Value.Check(StoragePlanSchema, situations[name]!().plan))
    const [text, golden] = [textOf(name), new URL(`../../golden/kickstart/${name}.ks`, import.meta.url)]
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(golden)) writeFileSync(golden, text)
    t.equal(text, readFileSync(golden, 'utf8'))
    const scratch = t.testdir()
    t.same(await Promise.all(versions.map(version => complaintsOf(text, version, scratch))), versions.map(() => null))
  })
}

t.test('ksvalidator does read these lines: each kind of command, broken, is complained of', async t => {
  const text = textOf('install-uefi-data-disks-wipe')
  for (const [from, to] of [
    ['--only-use', '--onlyuse'], ['--disklabel', '--disklabl'], ['--boot-drive', '--bot-drive'], ['--ondisk', '--on-disc'], ['part /boot ', 'parts /boot '],
    ['volgroup vg0 pv.01', 'volgroup vg0'], ['--vgname=vg0 --name=root', '--name=root'], ['--size=8192', '--size=big'],
  ] as const) {
    t.ok(text.includes(from), from)
    t.not(await complaintsOf(text.replace(from, to), 'F42', t.testdir()), null, `${from} as ${to}`)
  }
  const kept = textOf('reprovision-bios')
  t.not(await complaintsOf(kept.replace('--useexisting --noformat', '--useexisting --noformt'), 'RHEL9', t.testdir()), null)
  t.not(await complaintsOf(kept.replace('clearpart --none', 'clearpart --nono'), 'RHEL9', t.testdir()), null)
})

t.test('what %pre must have done is said where it is needed', async t => {
  const question = situations['reprovision-bios']!()
  const plan = { ...question.plan, carryOver: { paths: ['/etc/x'], mostMib: 1, store: null }, mustBeEmpty: [{ path: '/home', group: 'vg0', volume: 'root' }] }
  t.match(renderKickstartStorage({ ...question, plan }), { text: /put aside by %pre(.|\n)*folder of the old system is empty: \/home\n/ })
  t.notMatch(textOf('reprovision-bios'), /%pre/)
})

t.test('a word is quoted as pykickstart reads it, and what would end the line is refused', async t => {
  t.same(['plain-1.2/x', 'two words', 'a"b\\c', "it's", '#no comment', '$(x) `y`', 'ünï', ''].map(quoteKickstart), ['plain-1.2/x', '"two words"', '"a\\"b\\\\c"', '"it\'s"', '"#no comment"', '"$(x) `y`"', '"ünï"', '""'])
  for (const text of ['a\nb', 'a\0', 'a\r', 'a\u2028%include /x', '\t']) t.throws(() => quoteKickstart(text), /cannot hold control characters/)
  const line = (name: string): string => `logvol / --vgname=vg0 ${quoteKickstart(`--name=${name}`)} --size=1 --fstype=ext4\n`
  for (const name of ['a"b\\c', "it's #1", '$(reboot)']) t.equal(await complaintsOf(line(name), 'RHEL10', t.testdir()), null, name)
})
