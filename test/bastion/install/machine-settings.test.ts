import t from 'tap'
import { Value } from 'typebox/value'
import { decideSettings, withoutHashes } from '../../../bastion/install/decide-settings.ts'
import { judgeImageSettings, judgeMachineSettings } from '../../../bastion/install/judge-machine-settings.ts'
import { parseConfig } from '../../../bastion/platform/read-config.ts'
import { MachineSettingsSchema, type MachineSettings, type NetworkSettings } from '../../../protocol/machine-settings.ts'

const config = parseConfig(`
install:
  timezone: Europe/Vienna
  settings:
    default: { ntp: [all.example], locale: de_DE.UTF-8, users: [{ name: everybody }], dns: [10.0.0.1] }
    worker: { ntp: [worker.example], users: [{ name: worker }], kernelArguments: [worker=1], dns: [] }
ramdisk: { console: [ttyS1], arguments: [all=1] }
`, 'x.yaml')

t.test('each setting is taken whole from the most special place that has it', async t => {
  const own: MachineSettings = { users: [{ name: 'own' }], timezone: 'Europe/Berlin' }
  t.same(decideSettings(config, 'worker', own), {
    settings: { users: [{ name: 'own' }], dns: [], ntp: ['worker.example'], locale: 'de_DE.UTF-8', timezone: 'Europe/Berlin', kernelArguments: ['worker=1'], consoles: ['ttyS1'] },
    from: { users: 'machine', dns: 'install.settings.worker', ntp: 'install.settings.worker', locale: 'install.settings.default', timezone: 'machine', kernelArguments: 'install.settings.worker', consoles: 'ramdisk.console' },
  })
})

t.test('a role without settings has those for all, and what the older keys say', async t => {
  t.match(decideSettings(config, 'infra', {}), {
    settings: { users: [{ name: 'everybody' }], ntp: ['all.example'], timezone: 'Europe/Vienna', kernelArguments: ['all=1'] },
    from: { ntp: 'install.settings.default', timezone: 'install.timezone', kernelArguments: 'ramdisk.arguments' },
  })
})

t.test('hashes of passwords are not shown, all else is', async t => {
  t.same(withoutHashes({ users: [{ name: 'a', passwordHash: '$6$x' }, { name: 'b' }], ntp: ['x'] }), { users: [{ name: 'a', passwordHash: '(not shown)' }, { name: 'b' }], ntp: ['x'] })
})

const nic = (mac: string) => ({ name: 'eth', mac, driver: null, linkUp: null, speedMbps: null })
const nics = [nic('52:54:00:00:00:01'), nic('52:54:00:00:00:02')]
const judge = (network: NetworkSettings) => judgeMachineSettings({ network }, { nics }, '10.0.0.1').map(({ code, because }) => `${code}: ${because}`)

t.test('a card that the machine does not have is refused, wherever it is named', async t => {
  t.same(judge({ cards: [{ mac: '52-54-00-00-00-01', dhcp: true }] }), [])
  for (const network of [
    { cards: [{ mac: '52:54:00:00:00:09', dhcp: true }] },
    { bonds: [{ name: 'bond0', mode: 'active-backup' as const, members: ['52:54:00:00:00:01', '52:54:00:00:00:09'], dhcp: true }] },
    { cards: [{ mac: '52:54:00:00:00:01', dhcp: true }], vlans: [{ id: 4, on: '525400000009', dhcp: true }] },
  ]) t.match(judge(network), [/^settings-nic-missing: The settings name the card 52:54:00:00:00:09, which the machine does not have; it has 52:54:00:00:00:01, 52:54:00:00:00:02\./])
})

t.test('a network that leads nowhere near the bastion is refused: nobody would hear of the first boot', async t => {
  const mac = '52:54:00:00:00:01'
  t.match(judge({ cards: [{ mac, addresses: ['192.168.7.5/24'] }] }), [/^settings-bastion-unreachable: .* at 10\.0\.0\.1/])
  t.same(judge({ cards: [{ mac, addresses: ['192.168.7.5/24'], gateway: '192.168.7.1' }] }), [])
  t.same(judge({ cards: [{ mac, addresses: ['10.0.0.5/24'] }] }), [])
  t.same(judge({ cards: [{ mac, addresses: ['192.168.7.5/24'] }], vlans: [{ id: 4, on: mac, dhcp: true }] }), [])
})

t.test('what can’t work on any machine is refused for this one too', async t => {
  t.match(judgeMachineSettings({ timezone: 'Europe/Nowhere' }, { nics }, '10.0.0.1'), [{ code: 'settings-invalid', because: /timezone: there is no time zone/, nextStep: /labctl provision set/ }])
})

t.test('a root image of Debian is refused names that no Debian package has, and commands for Anaconda', async t => {
  t.same(judgeImageSettings({ packages: ['htop', 'g++', '0ad', 'libc6.1'], kickstart: [] }, 'debian-13'), [])
  t.match(judgeImageSettings({ packages: ['htop', 'NetworkManager-tui', '@core', 'a_b'], kickstart: ['skipx'] }, 'debian-13'), [
    { code: 'settings-not-here', because: /packages names NetworkManager-tui, @core, a_b, and no Debian package can be called so\. debian-13 is/, nextStep: /^Leave it out for this machine/ },
    { code: 'settings-not-here', because: /kickstart has no effect where Anaconda does not install\. debian-13 is/ },
  ])
})

t.test('names of packages are those of Debian and RPM, and groups; nothing else', async t => {
  for (const name of ['htop', 'g++', 'NetworkManager-tui', 'python3-lib_x', 'java-21-openjdk', 'R-core', '@container-management']) t.ok(Value.Check(MachineSettingsSchema, { packages: [name] }), name)
  for (const name of ['', '-vim', '@', '@Core', '@^minimal-environment', 'a b', 'a;b', 'a\nb', '%end', '*', '/usr/bin/vim', 'a'.repeat(201), '@core --nodefaults']) t.notOk(Value.Check(MachineSettingsSchema, { packages: [name] }), JSON.stringify(name))
})

t.test('commands for Anaconda are judged as they are given, for all machines or for one', async t => {
  t.match(judgeMachineSettings({ kickstart: ['skipx', 'clearpart --all'] }, { nics }, '10.0.0.1'), [{ code: 'settings-invalid', because: /kickstart\.1: got "clearpart"; disks are the layout’s/ }])
  t.throws(() => parseConfig('install: { settings: { worker: { kickstart: ["firewall --enabled --port=80"] } } }', 'x.yaml'), { message: /install\.settings\.worker.*kickstart\.0: got "firewall --enabled --port=80", and --port can’t be "80"; wanted is firewall/s })
})
