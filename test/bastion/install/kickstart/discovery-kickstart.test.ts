// The kickstart that only discovers: what it was, what the real ksvalidator says of it for every release, and that nothing in it leads to a disk.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { renderDiscoveryKickstart } from '../../../../bastion/install/kickstart/render-boot-kickstart.ts'
import { complaintsOf } from '../../../lib/ksvalidator.ts'
import { versions } from './question-of.ts'

t.setTimeout(120_000)
const text = renderDiscoveryKickstart({ os: 'fedora-43', version: 'F43' })

t.test('it is what it was, the same for every machine, and has no secret', async t => {
  const golden = new URL('../../../golden/kickstart/whole/discovery.ks', import.meta.url)
  if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(golden)) writeFileSync(golden, text)
  t.equal(text, readFileSync(golden, 'utf8'))
  t.match(renderDiscoveryKickstart({ os: 'a"b %#\\', version: 'F43' }), /^# Discovers a machine by the installer of "a\\"b %#\\\\" \(Kickstart F43\)/)
  t.throws(() => renderDiscoveryKickstart({ os: 'a\n%pre', version: 'F43' }), /control characters/)
})

for (const version of versions) {
  t.test(`${version}: ksvalidator finds nothing in it`, async t => {
    t.equal(await complaintsOf(renderDiscoveryKickstart({ os: 'x', version }), version, t.testdir()), null)
  })
}

t.test('read as Anaconda reads it after %pre, it stops at the file that is not there', async t => {
  t.match(await complaintsOf(text, 'F43', t.testdir(), ['--followincludes']), /General kickstart error/)
  t.equal(await complaintsOf(text.replace('%include /run/labctl/nothing-is-installed.ks\n', ''), 'F43', t.testdir(), ['--followincludes']), null, 'and at nothing else that pykickstart can know of')
})

t.test('ksvalidator reads every part of it: a mistake in any is complained of', async t => {
  for (const [from, to] of [['ignoredisk --only-use', 'ignoredisk --onlyuse'], ['%pre --erroronfail', '%pre --erronfail'], ['%end\n\n# Were', '\n# Were']] as const) {
    t.ok(text.includes(from), from)
    t.not(await complaintsOf(text.replace(from, to), 'F43', t.testdir()), null, `${from} as ${to}`)
  }
})

t.test('outside its scripts it says no more than this: nothing names a disk, a source or a package', async t => {
  const commands = text.replaceAll(/^%(pre|onerror)\b[^]*?^%end$/gm, '').split('\n').filter(line => line !== '' && !line.startsWith('#'))
  t.same(commands, ['text --non-interactive', 'reboot', '%include /run/labctl/nothing-is-installed.ks', 'ignoredisk --only-use=/dev/disk/by-id/labctl-uses-no-disk', 'clearpart --none'])
  t.same([...text.matchAll(/^%(\w+)(.*)$/gm)].map(([, section, options]) => `${section}${options}`).filter(line => line !== 'end' && !line.startsWith('include')), ['pre --erroronfail --log=/run/labctl/pre.log', 'onerror'])
})
