import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseDocument, stringify } from 'yaml'
import { LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import { isSettingKey, mergeSettings, settingKeys, type Settings, type SourcedSettings } from './settings.ts'
import { writePrivately } from './write-privately.ts'

/** Where the settings are kept: `LABCTL_CONFIG`, or `~/.labctl/config.yaml`. */
export function settingsPath(session: Pick<Session, 'env' | 'home'>): string {
  const named = session.env['LABCTL_CONFIG'] ?? ''
  return named === '' ? join(session.home, '.labctl', 'config.yaml') : named
}

/** The settings of the file and the environment. Refuses (`usage`) a file that others can read, since it holds a token, and one that is not valid. */
export function readSettings(session: Pick<Session, 'env' | 'home'>): SourcedSettings {
  const path = settingsPath(session)
  return mergeSettings(path, readSettingsFile(path), session.env)
}

/** The settings of the file alone; none when there is no file. */
export function readSettingsFile(path: string): Partial<Settings> {
  let source: string
  try {
    const mode = statSync(path).mode & 0o777
    if ((mode & 0o077) !== 0) throw new LabctlError('usage', 'settings-not-private', `${path} holds a token and has mode ${mode.toString(8).padStart(4, '0')}; it must be readable by you alone.`, { nextStep: `chmod 600 ${path}` })
    source = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return {}
    if (cause instanceof LabctlError) throw cause
    throw new LabctlError('usage', 'settings-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  return parseSettings(path, source)
}

/** Changes one setting in the file, or takes it away (null); the others stay. */
export function writeSettings(path: string, changes: Partial<Settings>): void {
  const merged = { ...readSettingsFile(path), ...changes }
  const kept = Object.fromEntries(settingKeys.flatMap(key => merged[key] === null || merged[key] === undefined ? [] : [[key, merged[key]]]))
  writePrivately(path, stringify(kept, { lineWidth: 0 }))
}

function parseSettings(path: string, source: string): Partial<Settings> {
  const document = parseDocument(source)
  const invalid = (what: string) => new LabctlError('usage', 'settings-invalid', `${path} is not valid: ${what}.`, { nextStep: `The keys are ${settingKeys.join(', ')}, each with a text or null.` })
  if (document.errors.length > 0) throw invalid(`line ${document.errors[0]!.linePos?.[0].line ?? '?'} is not YAML`)
  const value: unknown = document.toJS() ?? {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is not a list of keys')
  const settings: Partial<Settings> = {}
  for (const [key, inner] of Object.entries(value)) {
    if (!isSettingKey(key)) throw invalid(`the key ${key} is not known`)
    if (inner !== null && typeof inner !== 'string') throw invalid(`${key} is not text`)
    settings[key] = inner
  }
  return settings
}
