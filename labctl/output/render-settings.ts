// The settings of a machine's next system, a line each, with where it comes from.
import { settingNames, type EffectiveSettings, type MachineSettings } from '../../protocol/machine-settings.ts'
import { renderTable } from './render-table.ts'

/** As a table: setting, value in a few words, source. */
export function renderSettings({ settings, from }: EffectiveSettings, color: boolean): string {
  const rows = settingNames.filter(name => settings[name] !== undefined).map(name => [`  ${name}`, describe(name, settings), from[name] === 'machine' ? { text: 'machine', tone: 'strong' as const } : from[name] ?? '-'])
  return renderTable(['  SETTING', 'VALUE', 'FROM'], rows, color)
}

function describe(name: keyof MachineSettings, settings: MachineSettings): string {
  switch (name) {
    case 'users': return listed(settings.users!.map(user => `${user.name}${user.sudo === true ? ' (sudo)' : ''}, ${user.sshKeys?.length ?? 0} key(s)${user.passwordHash === undefined ? '' : ', a password'}`), '; ')
    case 'network': return network(settings.network!)
    case 'proxy': return listed([settings.proxy!.http, settings.proxy!.https].filter(url => url !== undefined))
    case 'keyboard': return listed([settings.keyboard!.layout, settings.keyboard!.variant].filter(part => part !== undefined), ' ')
    case 'hook': return `${settings.hook!.script.split('\n').length} lines, at most ${settings.hook!.timeoutSeconds ?? 600} s`
    case 'tlsCa': return `${settings.tlsCa!.length} certificate(s)`
    case 'sshUserCa': return `${settings.sshUserCa!.length} key(s)`
    case 'locale': case 'timezone': return settings[name]!
    default: return listed(settings[name]!)
  }
}

function network({ cards = [], bonds = [], vlans = [] }: NonNullable<MachineSettings['network']>): string {
  const addressed = ({ dhcp, addresses = [], gateway, gateway6 }: { dhcp?: boolean, addresses?: string[], gateway?: string, gateway6?: string }) =>
    listed([...dhcp === true ? ['DHCP'] : [], ...addresses, ...[gateway, gateway6].filter(found => found !== undefined).map(found => `via ${found}`)], ' ')
  return listed([
    ...cards.map(card => `${card.mac} ${addressed(card)}`), ...bonds.map(bond => `${bond.name} (${bond.mode} of ${bond.members.join(', ')}) ${addressed(bond)}`), ...vlans.map(vlan => `vlan${vlan.id} on ${vlan.on} ${addressed(vlan)}`),
  ], '; ')
}

const listed = (parts: readonly string[], comma = ', '): string => parts.length === 0 ? 'none' : parts.join(comma)
