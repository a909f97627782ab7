// The whole kickstart of a machine: what it was, and what the real ksvalidator says of it, for every release that is known.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Value } from 'typebox/value'
import { flattenKickstart } from '../../../../bastion/install/kickstart/flatten-kickstart.ts'
import { PostViewSchema } from '../../../../bastion/install/kickstart/kickstart-views.ts'
import type { MachineKickstartQuestion } from '../../../../bastion/install/kickstart/machine-kickstart-question.ts'
import { planPost } from '../../../../bastion/install/kickstart/plan-post.ts'
import { renderBootKickstart } from '../../../../bastion/install/kickstart/render-boot-kickstart.ts'
import { renderMachineKickstart } from '../../../../bastion/install/kickstart/render-machine-kickstart.ts'
import { judgeSettings } from '../../../../bastion/platform/judge-settings.ts'
import { MachineSettingsSchema, settingNames } from '../../../../protocol/machine-settings.ts'
import { complaintsOf } from '../../../lib/ksvalidator.ts'
import { situations } from '../kickstart-of.ts'
import { everything, filesOf, hash, questionOf, textsOf, versions } from './question-of.ts'

t.setTimeout(300_000)
const flat = (question: MachineKickstartQuestion): string => flattenKickstart(renderBootKickstart({ os: question.order.os, version: question.tree.kickstart }), filesOf(question))

for (const version of versions) {
  t.test(`${version}: the whole kickstart is what it was, and ksvalidator finds nothing in it`, async t => {
    const question = questionOf(version.startsWith('RHEL') ? 'reprovision-uefi-data-disks' : 'install-uefi-data-disks-wipe', version, everything)
    const [text, golden] = [flat(question), new URL(`../../../golden/kickstart/whole/${version}.ks`, import.meta.url)]
    const { 'storage-pre.sh': pre, 'storage-carry.sh': carry, 'storage-end.sh': end } = filesOf(question)
    // The scripts of the storage have tests of their own.
    const ours = [pre, carry, end].reduce((rest, script) => rest.replace(script.trimEnd(), () => '# ...'), text)
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(golden)) writeFileSync(golden, ours)
    t.equal(ours, readFileSync(golden, 'utf8'))
    t.equal(await complaintsOf(text, version, t.testdir()), null)
  })
}

t.test('every situation of the storage is taken by the newest Fedora and the oldest RHEL', async t => {
  for (const name of Object.keys(situations)) {
    for (const version of ['F45', 'RHEL9'] as const) t.equal(await complaintsOf(flat(questionOf(name, version)), version, t.testdir()), null, `${name} for ${version}`)
  }
})

t.test('the settings use everything that there is', async t => {
  t.same(settingNames.filter(name => everything[name] === undefined), [])
  t.same(judgeSettings(everything), [])
  t.same([...Value.Errors(MachineSettingsSchema, everything)], [])
  t.same([...Value.Errors(PostViewSchema, planPost(questionOf('install-bios', 'F43', everything)))], [])
})

t.test('ksvalidator reads every part: a mistake in the storage, in the commands, in the packages, and an end that is missing, are complained of', async t => {
  const text = flat(questionOf('install-uefi-data-disks-wipe', 'F43', everything))
  for (const [from, to] of [
    ['--vgname=vg0 --name=root', '--name=root'], ['ignoredisk --only-use', 'ignoredisk --onlyuse'], ['volgroup vg0 pv.01', 'volgroup vg0'], ['--append=', '--apend='], ['timezone Europe', 'timezon Europe'],
    ['--sslcacert', '--sslcert-authority'], ['keyboard "', 'keybord "'], ['rootpw --lock', 'rootpw --locked'], ['%packages\n', '%packages --no-such\n'], ['%onerror\n', '%onerrors\n'], ['\n%end\n\n%onerror', '\n\n%onerror'], ['%pre-install --log', '%pre-install --logs'],
  ] as const) {
    t.ok(text.includes(from), from)
    t.not(await complaintsOf(text.replace(from, to), 'F43', t.testdir()), null, `${from} as ${to}`)
  }
})

t.test('what the machine boots with is the same for every machine, and has no secret', async t => {
  const text = renderBootKickstart({ os: 'fedora-43', version: 'F43' })
  t.equal(text, readFileSync(new URL('../../../golden/kickstart/whole/labctl.ks', import.meta.url), 'utf8'))
  t.match(renderBootKickstart({ os: 'a"b %#\\', version: 'F43' }), /^# Installs "a\\"b %#\\\\" \(Kickstart F43\)/)
  t.throws(() => renderBootKickstart({ os: 'a\n%pre', version: 'F43' }), /control characters/)
})

t.test('hashes and scripts are in the script of the new system alone, and on no command line', async t => {
  const { machine, nochroot, post } = textsOf(questionOf('install-bios', 'F43', everything))
  t.notMatch(machine + nochroot, hash)
  const lines = post.split('\n').filter(line => line.includes(hash))
  t.equal(lines.length, 1)
  t.match(lines[0], /^printf '%s\\n' '[^']+' \| timeout -k 5 30 chpasswd -e/)
  t.match(post, /\nexec >>"\$log" 2>&1 <\/dev\/null\n/, 'and nothing is printed to Anaconda, which would send it on')
  t.ok(post.indexOf('exec >>"$log"') < post.indexOf('printf \'%s\' '))
})

t.test('the scripts are scripts, and flattened they say the same', async t => {
  const { nochroot, post } = textsOf(questionOf('reprovision-bios', 'F43', everything))
  for (const script of [nochroot, post]) execFileSync('sh', ['-n'], { input: script })
  const text = flat(questionOf('reprovision-bios', 'F43', everything))
  const inner = text.split('\n%post --erroronfail\n')[1]!.split('\n%end\n')[0]!
  const hookOf = (script: string): string => spawnSync('sh', ['-c', script.slice(script.lastIndexOf('printf \'%s\' ', script.indexOf('write "$part/hook"')), script.indexOf(' | write "$part/hook"'))], { encoding: 'utf8' }).stdout
  t.notMatch(inner, /^\s*%/m)
  const texts = filesOf(questionOf('reprovision-bios', 'F43', everything))
  for (const name of ['storage-pre.sh', 'storage-carry.sh', 'storage-end.sh'] as const) t.ok(text.includes(`\n# ---- ${name}\n${texts[name].trimEnd()}\n`), name)
  t.equal(hookOf(inner), everything.hook!.script)
  t.equal(hookOf(post), everything.hook!.script)
})

t.test('a labctl.ks that lacks a place, or has one twice, is not flattened', async t => {
  const texts = filesOf(questionOf('install-bios'))
  t.throws(() => flattenKickstart('text\n', texts), /has not one line "exec sh/)
  const boot = renderBootKickstart({ os: 'x', version: 'F43' })
  t.throws(() => flattenKickstart(`${boot}\n%include /run/labctl/machine.ks\n`, texts), /has not one line/)
})

t.test('what no Kickstart command can hold is refused with the place, everything else is quoted', async t => {
  const question = questionOf('install-bios')
  const odd = (change: Partial<MachineKickstartQuestion>) => renderMachineKickstart({ ...question, ...change })
  t.match(odd({ tree: { ...question.tree, name: 'a\nb' } }), { kind: 'refused', refusals: [{ code: 'kickstart-text', because: /the source’s name.*"a\\nb"/ }] })
  t.match(odd({ treeUrl: 'https://x/\u2028%pre' }), { kind: 'refused', refusals: [{ code: 'kickstart-text' }] })
  t.match(odd({ repositoryUrls: [{ id: 'a\r', url: 'https://x/\0' }] }), { kind: 'refused', refusals: [{ because: /repository’s name/ }, { because: /repository’s address/ }] })
  t.match(odd({ order: { ...question.order, os: '\t' } }), { kind: 'refused', refusals: [{ because: /the system’s name/ }] })
  t.match(odd({ tree: { ...question.tree, architecture: 'aarch64' } }), { kind: 'refused', refusals: [{ code: 'kickstart-architecture' }] })
  t.match(odd({ settings: { keyboard: { layout: 'de', options: 'compose:ralt' } } }), { kind: 'refused', refusals: [{ code: 'settings-not-here', because: /keyboard\.options \(compose:ralt\)/ }] })
  const named = (byId: string): MachineKickstartQuestion => {
    const { plan, facts, layout } = question.storage
    const from = plan.disks[0]!.byId
    return { ...question, storage: { layout, plan: JSON.parse(JSON.stringify(plan).replaceAll(from, byId)) as typeof plan, facts: JSON.parse(JSON.stringify(facts).replaceAll(from, byId)) as typeof facts } }
  }
  t.match(renderMachineKickstart(named('a,b')), { kind: 'refused', refusals: [{ code: 'kickstart-text', because: /comma/ }] })
  t.match(renderMachineKickstart(named('a\\nb')), { kind: 'refused', refusals: [{ code: 'kickstart-text', because: /a disk’s name/ }] })
  // udev itself makes no such links; they are refused rather than trusted to two quotings.
  for (const byId of ["it's #1 %include $(reboot) `x`", '%end', 'wwn-0x5 (old)']) t.match(renderMachineKickstart(named(byId)), { kind: 'refused', refusals: [{ code: 'kickstart-name', because: /not the stable name/ }] }, byId)
  for (const os of ["it's #1 %include $(reboot) `x`", '%end', 'a "b\\']) t.equal(await complaintsOf(flat({ ...question, order: { ...question.order, os }, treeUrl: `https://x/${os}/` }), 'RHEL10', t.testdir()), null, os)
})
