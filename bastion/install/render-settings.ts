import { compileTemplate } from '../platform/compile-template.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import { planSettings, type SettingsGround } from './plan-settings.ts'
import { settingsViews, type SettingsFile, type SettingsSteps } from './settings-views.ts'

const names = Object.keys(settingsViews) as SettingsFile['template'][]
const templates = Object.fromEntries(names.map(name => [name, compileTemplate<object>(new URL(`../../templates/settings/${name}.hbs`, import.meta.url))]))

/** What the steps of an install are told of a machine's settings, its files whole. */
export function renderSettings(settings: MachineSettings, ground: SettingsGround): SettingsSteps {
  const { rendered, whole, steps } = planSettings(settings, ground)
  return { ...steps, files: [...renderSettingsFiles(rendered), ...whole] }
}

/** Files with their content. */
export function renderSettingsFiles(files: readonly SettingsFile[]): SettingsSteps['files'] {
  return files.map(({ path, mode, template, view }) => ({ path, mode, content: templates[template]!(view) }))
}
