// Lines as Anaconda writes them, through the parser of syslog and into a hint.
import t from 'tap'
import { hintAfter, noHint } from '../../../bastion/intake/decide-installer-hint.ts'
import { InstallerHints } from '../../../bastion/intake/installer-hints.ts'
import { parseInstallerLine, type InstallerWord } from '../../../bastion/intake/parse-installer-line.ts'
import { parseSyslog } from '../../../bastion/intake/parse-syslog.ts'

const syslog = (message: string) => parseSyslog(Buffer.from(message))!.text
/** As rsyslog forwards the journal: the main process with its own prefix; a D-Bus module's standard error, whose tag rsyslog cuts at 32 characters in its forwarding format. */
const ways = {
  main: (module: string, text: string) => syslog(`<142>2026-11-22T10:00:00.123456+00:00 localhost anaconda[1412]: anaconda: ${module}: ${text}`),
  module: (module: string, text: string) => syslog(`<30>2026-11-22T10:00:00.123456+00:00 localhost org.fedoraproject.Anaconda.Modul INFO:anaconda.${module}:${text}`),
  whole: (module: string, text: string) => syslog(`<30>Nov 22 10:00:00 localhost org.fedoraproject.Anaconda.Modules.Payloads[2204]: INFO:anaconda.${module}:${text}`),
  file: (module: string, text: string) => syslog(`10:00:00,123 INF ${module}: ${text}`),
}

t.test('what Anaconda does is found in its lines, on whatever way they come', t => {
  const known: readonly (readonly [string, string, InstallerWord])[] = [
    ['installation', 'Queue started: Early storage configuration (3/15)', { kind: 'step', step: 'storage' }],
    ['modules.common.task.task', 'Create storage layout', { kind: 'step', step: 'storage' }],
    ['modules.payloads.payload.dnf.dnf_manager', 'The software selection has been resolved (412 packages selected).', { kind: 'resolved', packages: 412 }],
    ['modules.common.task.task', 'Download packages', { kind: 'step', step: 'downloading' }],
    ['installation_tasks', 'Downloading 412 RPMs, 123.4 MiB / 512 MiB (24%) done.', { kind: 'downloading', packages: 412, percent: 24 }],
    ['installation_tasks', 'Installing bash.x86_64 (12/412)', { kind: 'installing', number: 12, of: 412 }],
    ['installation_tasks', 'Installing libstdc++.x86_64 (13/412)', { kind: 'installing', number: 13, of: 412 }],
    ['modules.payloads.payload.dnf.transaction_progress', 'Installed: bash-5.2.37-1.el10.x86_64 1730000000 0123abcd', { kind: 'installing-next' }],
    ['modules.payloads.payload.dnf.transaction_progress', 'Installing - bash-0:5.3.0-2.fc43.x86_64', { kind: 'installing-next' }],
    ['modules.payloads.payload.dnf.transaction_progress', 'Post installation setup phase started.', { kind: 'step', step: 'scripts' }],
    ['installation', 'Queue started: Bootloader installation (9/15)', { kind: 'step', step: 'boot-loader' }],
    ['modules.common.task.task', 'Recreate the initrds', { kind: 'step', step: 'initramfs' }],
    ['installation', 'Queue started: Post installation scripts (14/15)', { kind: 'step', step: 'post' }],
  ]
  for (const [name, way] of Object.entries(ways)) for (const [module, text, word] of known) t.same(parseInstallerLine(way(module, text)), word, `${name}: ${text}`)
  t.end()
})

t.test('other lines say nothing, whatever they hold', t => {
  for (const text of [
    '', 'constructor', 'Queue started: constructor (1/2)', 'Queue started: Payload installation', 'Installing - bash-0:5.3.0-2.fc43.x86_64 (100/2000)', 'Installing bash (13/12)', 'Installing bash (1/99999999)', 'Installing ba\u001b[2Jsh (1/2)',
    'Downloading 3 RPMs, 1 MiB / 2 MiB (101%) done.', 'Installed: bash', 'INFO:anaconda.core.threads:Thread Done: AnaTaskThread-InstallPackagesTask-1 (140358806189760)', 'dracut: Installing kernel', `Installing ${'a'.repeat(600)} (1/2)`, 'I said: Install packages',
  ]) t.equal(parseInstallerLine(text), null, JSON.stringify(text))
  t.end()
})

t.test('nothing makes the parser slow', t => {
  const began = process.cpuUsage()
  for (const part of ['a ', 'a.', 'anaconda: ', 'INFO:anaconda.a', 'Installing - ', '- ', '9', ' (']) for (let times = 0; times < 200; times += 1) parseInstallerLine(part.repeat(500).slice(0, 500))
  const ms = process.cpuUsage(began).user / 1000
  t.ok(ms < 3000, `${ms} ms`)
  t.end()
})

/** The hint after these lines, each a second later than the last. */
function hintsOf(...texts: string[]) {
  let state = noHint
  for (const [index, text] of texts.entries()) state = hintAfter(state, parseInstallerLine(text)!, (index + 1) * 1000)
  return state.hint
}
const [resolved, dnf5] = ['The software selection has been resolved (4 packages selected).', (name: string) => `Installing - ${name}-0:1-1.fc43.x86_64`]

t.test('packages are counted as the log counts them, and where it does not, by the number that it chose', t => {
  t.same(hintsOf(resolved, 'Download packages', 'Downloading 4 RPMs, 1 MiB / 4 MiB (25%) done.'), { at: 3000, step: 'downloading', text: '4 packages are being downloaded', percent: 25 })
  t.same(hintsOf('Installing bash.x86_64 (2/4)'), { at: 1000, step: 'installing', text: 'package 2 of 4 is being installed', percent: 25 })
  t.same(hintsOf('Installing bash.x86_64 (2/4)', 'Installed: bash-5-1.el9.x86_64 17 ab'), { at: 1000, step: 'installing', text: 'package 2 of 4 is being installed', percent: 25 }, 'dnf 4 says each package twice')
  t.match(hintsOf(resolved, 'Install packages', dnf5('a'), dnf5('b'), dnf5('c')), { text: 'package 3 of 4 is being installed', percent: 50 })
  t.match(hintsOf(dnf5('a'), dnf5('b')), { text: 'packages are being installed', percent: null }, 'after a restart of the bastion the number is not known')
  t.match(hintsOf(resolved, ...'abcdef'.split('').map(dnf5)), { text: 'packages are being installed', percent: null }, 'more than were chosen')
  t.match(hintsOf(resolved, dnf5('a'), resolved, dnf5('a')), { text: 'package 1 of 4 is being installed', percent: 0 }, 'a later attempt begins anew')
  t.match(hintsOf(resolved, dnf5('a'), 'Configure the bootloader'), { step: 'boot-loader', percent: null })
  t.end()
})

t.test('hints are kept of so many machines, and those from before the last proof are none', t => {
  const hints = new InstallerHints()
  hints.take('m1', [{ at: 5, text: 'Install packages' }, { at: 6, text: 'nothing' }])
  t.match(hints.of('m1', 4), { step: 'installing', at: 5 })
  t.equal(hints.of('m1', 5), null)
  t.equal(hints.of('m2', 0), null)
  for (let number = 0; number < 1000; number += 1) hints.take(`other-${number}`, [{ at: 5, text: 'Install packages' }])
  t.equal(hints.of('m1', 0), null)
  t.match(hints.of('other-999', 0), { at: 5 })
  t.end()
})
