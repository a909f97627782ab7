// Decides what settings a machine gets, for its install and for the operator who asks: its own over those of its role over those for all, setting by setting.
import { settingNames, type MachineSettings } from '../../protocol/machine-settings.ts'
import type { Config } from '../platform/config-schema.ts'

/** The settings, and by each one's name where it comes from. */
export interface SourcedMachineSettings { settings: MachineSettings, from: Record<string, string> }

/** The settings of a machine in a role. Time zone, consoles and kernel arguments are always there: the older keys of bastion.yaml count where no setting does. */
export function decideSettings({ install, ramdisk }: Pick<Config, 'install' | 'ramdisk'>, role: string, own: MachineSettings): SourcedMachineSettings {
  const layers: [string, MachineSettings][] = [
    ['machine', own], [`install.settings.${role}`, install.settings[role] ?? {}], ['install.settings.default', install.settings['default'] ?? {}],
    ['install.timezone', { timezone: install.timezone }], ['ramdisk.console', { consoles: ramdisk.console }], ['ramdisk.arguments', { kernelArguments: ramdisk.arguments }],
  ]
  const settings: MachineSettings = {}
  const from: Record<string, string> = {}
  for (const name of settingNames) {
    const layer = layers.find(([, given]) => given[name] !== undefined)
    if (layer === undefined) continue
    Object.assign(settings, { [name]: layer[1][name] })
    from[name] = layer[0]
  }
  return { settings, from }
}

/** The same without the hashes of passwords: for whoever may look, but not log in. */
export function withoutHashes(settings: MachineSettings): MachineSettings {
  return settings.users === undefined ? settings : { ...settings, users: settings.users.map(user => user.passwordHash === undefined ? user : { ...user, passwordHash: '(not shown)' }) }
}
