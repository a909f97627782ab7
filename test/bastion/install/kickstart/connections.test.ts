// A machine's network as connections of NetworkManager: what each says, and that the real nmcli takes all of them.
import t from 'tap'
import { planConnections } from '../../../../bastion/install/kickstart/plan-connections.ts'
import { renderSettingsFiles } from '../../../../bastion/install/render-settings.ts'
import { Value } from 'typebox/value'
import { settingsViews } from '../../../../bastion/install/settings-views.ts'
import { judgeSettings } from '../../../../bastion/platform/judge-settings.ts'
import type { MachineSettings } from '../../../../protocol/machine-settings.ts'
import { connectionComplaint } from '../../../lib/nmcli.ts'
import { everything } from './question-of.ts'

t.setTimeout(900_000)
const boot = '52:54:00:12:34:56'
const other = '52:54:00:12:34:57'
const cases: Record<string, MachineSettings> = {
  everything,
  nothing: {},
  names: { dns: ['10.0.0.2', '2001:db8::53'], searchDomains: ['lab.example'] },
  'dhcp and a gateway': { network: { cards: [{ mac: boot, dhcp: true, addresses: ['10.0.0.9/24'], gateway: '10.0.0.1' }, { mac: other, dhcp: true }] }, dns: ['10.0.0.2'] },
  'IPv6 only': { network: { cards: [{ mac: boot, addresses: ['2001:db8::5/64'], gateway6: 'fe80::1' }] }, dns: ['2001:db8::53', '10.0.0.2'], searchDomains: ['a.example'] },
  'IPv4 only': { network: { cards: [{ mac: boot, addresses: ['10.0.0.5/24', '10.0.0.6/24'], gateway: '10.0.0.1' }] }, dns: ['2001:db8::53', '10.0.0.2'], searchDomains: ['a.example'] },
  'tagged on a bond': { network: { bonds: [{ name: 'bond0', mode: 'active-backup', members: [boot, other] }], vlans: [{ id: 4094, on: 'bond0', dhcp: true }] } },
}
const filesOf = (settings: MachineSettings) => renderSettingsFiles(planConnections(settings, boot)).filter(({ path }) => path.endsWith('.nmconnection'))
const named = (settings: MachineSettings, name: string): string => filesOf(settings).find(({ path }) => path.endsWith(`/labctl${name}.nmconnection`))!.content

for (const [name, settings] of Object.entries(cases)) {
  t.test(`${name}: NetworkManager takes every connection`, async t => {
    t.same(judgeSettings(settings), [])
    for (const { template, view } of planConnections(settings, boot)) t.same([...Value.Errors(settingsViews[template], view)], [])
    for (const { path, mode, content } of filesOf(settings)) {
      t.equal(mode, '0600', path)
      t.equal(await connectionComplaint(content), null, path)
    }
  })
}

t.test('and complains of what it would leave out', async t => {
  t.match(await connectionComplaint(named(cases['IPv4 only']!, '-525400123456').replace('method=link-local', 'method=link-local\ndns=2001:db8::53;')), /ipv6\.dns: this property is not allowed/)
  t.match(await connectionComplaint(named({}, '').replace('method=auto', 'method=automatic')), /ipv4\.method/)
})

t.test('a gateway that is given is the only default route', async t => {
  const settings = cases['dhcp and a gateway']!
  t.match(named(settings, '-525400123456'), /^never-default=true\nroute1=0\.0\.0\.0\/0,10\.0\.0\.1$/m)
  t.match(named(settings, '-525400123457'), /^\[ipv4\]\nmethod=auto\ndhcp-client-id=mac\nnever-default=true\nignore-auto-dns=true\ndns=10\.0\.0\.2;$/m)
  t.notMatch(named(settings, '-525400123457'), 'route1')
  t.notMatch(named({}, '-others'), 'never-default')
})

t.test('what stands on another connection names it', async t => {
  const parent = /^uuid=(.+)$/m.exec(named(everything, '-52540012345a'))![1]!
  t.match(named(everything, '-vlan40'), new RegExp(`^id=40\nparent=${parent}$`, 'm'))
  t.match(named(everything, '-vlan30'), /^parent=bond0$/m)
  t.match(named(everything, '-bond0'), /^cloned-mac-address=52:54:00:12:34:58$/m)
  t.match(named(everything, '-525400123459'), /^master=bond0\nslave-type=bond$/m)
  const uuids = filesOf(everything).map(({ content }) => /^uuid=(.+)$/m.exec(content)![1])
  t.equal(new Set(uuids).size, uuids.length)
})

t.test('text that would break out of a line is never rendered', async t => {
  t.throws(() => filesOf({ searchDomains: ['a\n[ipv6]'] }), /Not a plain word/)
  t.throws(() => filesOf({ dns: ['10.0.0.2;x'] }), /Not a plain word/)
})
