// The settings of labctl: what they are called, what they may be, and which of two sources wins.
import { LabctlError } from '../labctl-error.ts'

/** The settings' names, as in `~/.labctl/config.yaml` and `labctl config set`. */
export const settingKeys = ['url', 'pin', 'token', 'socket'] as const
/** The name of a setting. */
export type SettingKey = typeof settingKeys[number]

/** What labctl needs to find and trust its bastion; null where not set. `pin`: base64 SHA-256 of the control plane's public key (SPKI), several joined by `;`. `socket`: a Unix socket that relays to the control plane. */
export type Settings = Record<SettingKey, string | null>

/** The settings with where each comes from: the name of a variable, the path of the file, or null. */
export interface SourcedSettings { settings: Settings, from: Record<SettingKey, string | null>, path: string }

/** What a setting is for, for `config list` and the documentation. */
export const settingMeanings: Record<SettingKey, string> = {
  url: 'The bastion’s control plane, https://ADDRESS:PORT',
  pin: 'SHA-256 of its public key, base64; several joined by ;',
  token: 'Operator token',
  socket: 'Unix socket that relays to the control plane',
}

/** The environment variable that overrides a setting. */
export const variableOf = (key: SettingKey): string => `LABCTL_${key.toUpperCase()}`

/** Whether text is the name of a setting. */
export const isSettingKey = (text: string): text is SettingKey => (settingKeys as readonly string[]).includes(text)

/** Why `value` can't be the setting `key`; null when it can. The value itself is never repeated: it may be a secret. */
export function judgeSetting(key: SettingKey, value: string): string | null {
  switch (key) {
    case 'url': return judgeUrl(value)
    case 'pin': return parsePins(value) === null ? 'a pin is the base64 SHA-256 of a public key: 44 characters that end in =' : null
    case 'token': return /^[\x21-\x7e]{8,4096}$/.test(value) ? null : 'a token is one word of 8 to 4096 printable ASCII characters'
    case 'socket': return value.startsWith('/') && Buffer.byteLength(value) <= 107 ? null : 'a socket is an absolute path of at most 107 bytes (unix(7))'
  }
}

/** The SHA-256 sums, base64, of a pin setting, with or without curl's `sha256//` before each; null when it isn't one. */
export function parsePins(value: string): string[] | null {
  const pins = value.split(';').map(pin => pin.trim().replace(/^sha256\/\//, ''))
  return pins.every(pin => /^[A-Za-z0-9+/]{43}=$/.test(pin)) ? pins : null
}

/** The settings of the file overridden by `LABCTL_*`; an empty variable takes a setting away. Refuses what is not valid (`usage`), naming where it stands. */
export function mergeSettings(path: string, file: Partial<Settings>, env: Readonly<Record<string, string | undefined>>): SourcedSettings {
  const settings = {} as Settings
  const from = {} as Record<SettingKey, string | null>
  for (const key of settingKeys) {
    const variable = env[variableOf(key)]
    const value = variable === undefined ? file[key] ?? null : variable === '' ? null : variable
    settings[key] = value
    from[key] = value === null ? null : variable === undefined ? path : variableOf(key)
    const mistake = value === null ? null : judgeSetting(key, value)
    if (mistake !== null) throw new LabctlError('usage', 'setting-invalid', `${from[key]}: ${key} is not valid: ${mistake}.`, { nextStep: variable === undefined ? `labctl config set ${key}` : `Correct ${variableOf(key)}, or unset it.` })
  }
  return { settings, from, path }
}

function judgeUrl(value: string): string | null {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url?.protocol !== 'https:') return 'a URL begins with https:// (the token is never sent in the clear)'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') return 'a URL is https://ADDRESS:PORT and nothing more'
  return null
}
