// From a machine's settings to the files and steps that give them to an installed Debian.
import { X509Certificate } from 'node:crypto'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import { planNetworkFiles } from './plan-network-files.ts'
import type { SettingsFile, SettingsSteps } from './settings-views.ts'

/** What is needed beside the settings. `mac`: of the card that the machine boots from; `direct`: addresses that no proxy may stand before. */
export interface SettingsGround { mac: string, direct: readonly string[] }
/** The steps, with files that are still to be rendered and such that are there already. */
export interface SettingsPlan { rendered: SettingsFile[], whole: SettingsSteps['files'], steps: Omit<SettingsSteps, 'files'> }

/** See the file's first line. */
export function planSettings(settings: MachineSettings, { mac, direct }: SettingsGround): SettingsPlan {
  const { users = [], sshUserCa = [], tlsCa = [], ntp = [], keyboard, locale, packages = [], dns = [], hook } = settings
  const made = locale === undefined || locale === 'C.UTF-8' ? '' : locale
  return {
    rendered: [...planNetworkFiles(settings, mac), ...userFiles(users), ...sshFiles(users, sshUserCa), ...ntp.length === 0 ? [] : [file('/etc/chrony/sources.d/labctl.sources', 'ntp', { servers: ntp })], ...proxyFiles(settings, direct), ...languageFiles(locale, made, keyboard)],
    whole: authorityFiles(tlsCa, '/usr/local/share/ca-certificates'),
    steps: {
      users: userSteps(users),
      sudoers: users.some(({ sudo }) => sudo === true), sshd: users.length + sshUserCa.length > 0, authorities: tlsCa.length > 0, ntp: ntp.length > 0,
      keyboard: keyboard !== undefined, localeLine: made === '' ? '' : `${made} UTF-8`, packages, nameServers: dns,
      hook: { script: hook?.script ?? '', seconds: hook?.timeoutSeconds ?? 600 },
    },
  }
}

/** The certificates of authorities as files of this folder, written anew from what was understood: nothing else that stood around it. */
export function authorityFiles(tlsCa: readonly string[], folder: string): SettingsSteps['files'] {
  return tlsCa.map((pem, index) => ({ path: `${folder}/labctl-${index + 1}.crt`, mode: '0644', content: new X509Certificate(pem).toString() }))
}

/** How users are made. `login`: for chpasswd. */
export function userSteps(users: NonNullable<MachineSettings['users']>): SettingsSteps['users'] {
  return users.map(({ name, uid, passwordHash }) => ({ name, uid: uid === undefined ? '' : String(uid), login: passwordHash === undefined ? '' : `${name}:${passwordHash}` }))
}

/** A file to be rendered. */
export function file<Template extends SettingsFile['template']>(path: string, template: Template, view: Extract<SettingsFile, { template: Template }>['view'], mode = '0644'): SettingsFile {
  return { path, mode, template, view } as SettingsFile
}

/** What gives users their rights, homes and keys: the same on every system. */
export function userFiles(users: NonNullable<MachineSettings['users']>): SettingsFile[] {
  if (users.length === 0) return []
  const sudo = users.filter(user => user.sudo === true).map(({ name, passwordHash }) => ({ name, password: passwordHash !== undefined }))
  return [
    ...sudo.length === 0 ? [] : [file('/etc/sudoers.d/labctl', 'sudoers', { users: sudo }, '0440')],
    // /home may be a kept volume, which is not mounted while the system is installed.
    file('/etc/tmpfiles.d/labctl-homes.conf', 'homes', { users: users.map(({ name }) => ({ name })) }),
    ...users.flatMap(({ name, sshKeys = [] }) => sshKeys.length === 0 ? [] : [file(`/etc/ssh/authorized_keys.d/${name}`, 'keys', { keys: sshKeys })]),
  ]
}

/** What the SSH server is told: the same on every system. */
export function sshFiles(users: NonNullable<MachineSettings['users']>, authorities: readonly string[]): SettingsFile[] {
  if (users.length + authorities.length === 0) return []
  return [
    file('/etc/ssh/sshd_config.d/20-labctl.conf', 'sshd', { users: users.length > 0, authorities: authorities.length > 0 }),
    ...authorities.length === 0 ? [] : [file('/etc/ssh/labctl-user-ca.pub', 'keys', { keys: [...authorities] })],
  ]
}

/** The proxy, for logins. */
export function proxyEnvironment({ proxy }: MachineSettings, direct: readonly string[]): SettingsFile[] {
  if (proxy === undefined) return []
  const { http = '', https = '', except = [] } = proxy
  return [file('/etc/environment', 'environment', { http, https, except: [...new Set(['localhost', '127.0.0.1', '::1', ...direct, ...except])] })]
}

function proxyFiles(settings: MachineSettings, direct: readonly string[]): SettingsFile[] {
  if (settings.proxy === undefined) return []
  const { http = '', https = '', except = [] } = settings.proxy
  return [
    ...proxyEnvironment(settings, direct),
    file('/etc/apt/apt.conf.d/90labctl-proxy', 'apt-proxy', { http, https, direct: except.filter(name => /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name)) }),
  ]
}

function languageFiles(locale: string | undefined, made: string, keyboard: MachineSettings['keyboard']): SettingsFile[] {
  return [
    ...locale === undefined ? [] : [file('/etc/locale.conf', 'locale', { locale })],
    ...made === '' ? [] : [file('/etc/locale.gen', 'locale-gen', { locale: made })],
    ...keyboard === undefined ? [] : [file('/etc/default/keyboard', 'keyboard', { layout: keyboard.layout, variant: keyboard.variant ?? '', model: keyboard.model ?? 'pc105', options: keyboard.options ?? '' })],
  ]
}
