// Settings as the files of an installed system: one golden per feature, checked by the system's own programs where they are there.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { MachineSettingsSchema, settingNames, type MachineSettings } from '../../../protocol/machine-settings.ts'
import { planSettings } from '../../../bastion/install/plan-settings.ts'
import { renderSettings } from '../../../bastion/install/render-settings.ts'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { settingsViews } from '../../../bastion/install/settings-views.ts'
import { StepsViewSchema } from '../../../bastion/install/steps-view.ts'
import { judgeSettings } from '../../../bastion/platform/judge-settings.ts'
import { sampleAuthority } from '../../lib/sample-authority.ts'
import { planOf, viewOf } from './steps-of.ts'

const ground = { mac: '52:54:00:12:34:56', direct: ['10.0.0.1'] }
const hash = `$y$j9T$${'a'.repeat(22)}$${'b'.repeat(43)}`
const cases: Record<string, MachineSettings> = {
  users: { users: [{ name: 'alice', sudo: true, sshKeys: ['ssh-ed25519 AAAA alice@desk "x"', 'ssh-ed25519 BBBB'] }, { name: 'bob', uid: 2000, sudo: true, passwordHash: hash }, { name: 'carol', sshKeys: ['ssh-rsa CCCC'] }] },
  static: { network: { cards: [{ mac: '52-54-00-12-34-56', addresses: ['10.0.0.5/24', '2001:db8::5/64'], gateway: '10.0.0.254', gateway6: 'fe80::1' }, { mac: '525400123457', dhcp: true }] }, dns: ['10.0.0.2', '2001:db8::53'], searchDomains: ['lab.example', 'example'] },
  vlan: { network: { cards: [{ mac: '52:54:00:12:34:56', dhcp: true }], vlans: [{ id: 10, on: '52:54:00:12:34:56', addresses: ['10.1.0.5/24'] }, { id: 20, on: '52:54:00:12:34:57', dhcp: true }] } },
  bond: { network: { bonds: [{ name: 'bond0', mode: '802.3ad', members: ['52:54:00:12:34:56', '52:54:00:12:34:57'], addresses: ['10.0.0.5/24'], gateway: '10.0.0.1' }], vlans: [{ id: 30, on: 'bond0', addresses: ['10.3.0.5/24'] }] } },
  'dns-only': { dns: ['10.0.0.2'] },
  'search-only': { searchDomains: ['lab.example'] },
  ntp: { ntp: ['ntp.example', '10.0.0.3', '2001:db8::123'] },
  proxy: { proxy: { http: 'http://proxy.example:3128', https: 'http://proxy.example:3128/', except: ['.lab.example', '10.0.0.0/8', 'mirror.example'] } },
  language: { locale: 'de_DE.UTF-8', keyboard: { layout: 'de', variant: 'nodeadkeys', options: 'compose:ralt' }, timezone: 'Europe/Berlin' },
  'plain-locale': { locale: 'C.UTF-8', keyboard: { layout: 'us,de' } },
  packages: { packages: ['htop', 'g++'], dns: ['10.0.0.2'] },
  console: { consoles: ['tty0', 'ttyS1,57600'], kernelArguments: ['mitigations=off', 'panic=30'] },
  hook: { hook: { script: '#!/bin/sh\necho \'it\'"s"\nexit 3\n', timeoutSeconds: 42 } },
  authorities: { sshUserCa: ['ssh-ed25519 DDDD ca'], tlsCa: [sampleAuthority] },
}
const stepsOf = (settings: MachineSettings): string => renderSteps(viewOf(planOf(), {
  day: renderSettings(settings, ground),
  settings: { authorizedKeys: [], timezone: settings.timezone ?? 'Etc/UTC', consoles: settings.consoles ?? ['tty0'], kernelArguments: settings.kernelArguments ?? [], bootOrder: 'disk' },
}))
const bare = stepsOf({}).split('\n')

for (const [name, settings] of Object.entries(cases)) {
  t.test(`${name}: what the settings add to the steps is what it was, and a shell can read it`, async t => {
    t.same(judgeSettings(settings), [])
    t.ok(Value.Check(MachineSettingsSchema, settings))
    for (const { template, view } of planSettings(settings, ground).rendered) t.same([...Value.Errors(settingsViews[template], view)], [], template)
    t.same([...Value.Errors(StepsViewSchema, viewOf(planOf(), { day: renderSettings(settings, ground) }))], [])
    const steps = stepsOf(settings)
    execFileSync('sh', ['-n'], { input: steps })
    const added = addedLines(steps.split('\n'))
    const golden = new URL(`../../golden/settings/${name}.sh`, import.meta.url)
    if (process.env.TAP_SNAPSHOT === '1') writeFileSync(golden, added)
    t.equal(added, readFileSync(golden, 'utf8'))
  })
}

t.test('there is a case for every setting, but for what only Anaconda takes', async t => {
  t.same(settingNames.filter(name => name !== 'kickstart' && !Object.values(cases).some(settings => settings[name] !== undefined)), [])
})

t.test('files arrive under the target byte by byte, with their mode, whatever is in them', async t => {
  const target = t.testdir()
  const settings = { ...cases.users, ...cases.authorities, ...cases.proxy, hook: { script: '#!/bin/sh\nprintf "%s\\n" \'a\' "$1" `b` \\\\ %s\n' } }
  const { files } = renderSettings(settings, ground)
  const steps = stepsOf(settings)
  const begin = steps.slice(steps.indexOf('\nwrite() {'), steps.indexOf('\n}\n', steps.indexOf('\nwrite() {')) + 3)
  const write = steps.slice(steps.indexOf('# ---- The settings of this machine'), steps.indexOf("run 120 'trusting"))
  execFileSync('sh', ['-eu'], { input: `patience=300; due() { :; }; LABCTL_RUN='${target}'; stop() { echo "$1" >&2; exit 1; }\ntarget='${target}'\n${begin}${write}` })
  t.ok(files.length > 6)
  for (const { path, content } of files) t.equal(readFileSync(join(target, path), 'utf8'), content, path)
})

t.test('text that would break out of a file is never rendered', async t => {
  t.throws(() => renderSettings({ users: [{ name: 'alice', sshKeys: ['ssh-rsa A\nssh-rsa B'] }] }, ground), /Not one plain line/)
  t.throws(() => renderSettings({ ntp: ['a iburst\nserver b'] }, ground), /Not a plain word/)
  t.throws(() => renderSettings({ users: [{ name: 'alice ALL', sudo: true }] }, ground), /Not a plain word/)
  t.throws(() => renderSettings({ proxy: { http: 'http://x"; rm -rf /' } }, ground), /Not a plain word/)
})

t.test('a password’s hash is on no command line', async t => {
  const lines = stepsOf(cases.users!).split('\n').filter(line => line.includes(hash))
  t.equal(lines.length, 1)
  t.match(lines[0], /^printf '%s\\n' '[^']+' \| timeout -k 5 30 chroot "\$target" chpasswd -e/)
})

t.test('a system whose hook failed can’t tell that it was installed: its ticket to the first boot is written last', async t => {
  const steps = stepsOf(cases.hook!)
  t.ok(steps.indexOf('install.env') > steps.indexOf('the post-install hook ended with'))
  t.ok(steps.indexOf('check_boot_disk() {') > steps.indexOf('install.env'))
})

const visudo = ['/usr/sbin/visudo', '/usr/bin/visudo'].find(existsSync)
t.test('visudo takes the sudoers file', async t => {
  const { content } = renderSettings(cases.users!, ground).files.find(({ path }) => path.startsWith('/etc/sudoers.d'))!
  const path = join(t.testdir(), 'sudoers')
  writeFileSync(path, content, { mode: 0o440 })
  execFileSync(visudo!, ['-c', '-f', path])
})

const networkd = '/usr/lib/systemd/systemd-networkd'
const unshared = existsSync(networkd) && existsSync('/etc/systemd/network') && spawnSync('unshare', ['-nm', 'true']).status === 0
t.test('systemd-networkd understands every line', { skip: !unshared && 'it is not installed, or this is not root, which it needs to change its user' }, async t => {
  for (const name of ['static', 'vlan', 'bond', 'dns-only', 'search-only']) {
    t.same(complaints(t.testdir({ [name]: {} }), renderSettings(cases[name]!, ground).files), [], name)
  }
  t.match(complaints(t.testdir({ wrong: {} }), [{ path: '/etc/systemd/network/10-x.network', content: '[Match]\nPermanentMACAdress=52:54:00:12:34:56\n' }]).join('\n'), /Unknown key 'PermanentMACAdress'/, 'and says so where it does not')
})

/** What systemd-networkd says of the files while it reads them, in namespaces of its own. */
function complaints(folder: string, files: readonly { path: string, content: string }[]): string[] {
  for (const { path, content } of files.filter(({ path }) => path.startsWith('/etc/systemd/network/'))) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  const { stderr, stdout } = spawnSync('unshare', ['-nm', 'sh', '-c', `mount --bind "$0/etc/systemd/network" /etc/systemd/network && mount -t tmpfs none /run && mkdir -p /run/systemd/network || exit 1
    SYSTEMD_LOG_LEVEL=info SYSTEMD_LOG_TARGET=console timeout 1 ${networkd}`, folder], { encoding: 'utf8', timeout: 20_000 })
  if (!`${stdout}${stderr}`.includes('Enumeration completed')) return [`It did not start: ${stdout}${stderr}`]
  return `${stdout}${stderr}`.split('\n').filter(line => /\/etc\/systemd\/network\/.*:\d+:|labctl.*(ignor|fail|invalid)/i.test(line))
}

/** The lines that the bare steps don't have, each with its neighbours in order. */
function addedLines(lines: readonly string[]): string {
  const begin = lines.findIndex(line => line.startsWith('# ---- The settings of this machine'))
  const end = lines.findIndex(line => line.startsWith('# Only from here on'))
  const known = new Set(bare)
  const before = lines.slice(0, begin).filter(line => !known.has(line))
  return `${[...before, ...lines.slice(begin, end)].join('\n')}\n`
}
