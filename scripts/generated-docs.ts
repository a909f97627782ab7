import { readFileSync } from 'node:fs'
import { errorCodes } from '../protocol/error-codes.ts'
import { MachineSettingsSchema } from '../protocol/machine-settings.ts'
import { RuleSchema } from '../bastion/platform/rule-schema.ts'
import { ConfigSchema } from '../bastion/platform/config-schema.ts'
import { exitCodes } from '../labctl/exit-codes.ts'
import { identityTable } from './identity-table.ts'
import { scenarioTable } from './scenario-table.ts'
import { verdictTable } from './verdict-table.ts'

type Schema = { description?: string, default?: unknown, type?: string, enum?: unknown[], const?: unknown, anyOf?: Schema[], items?: Schema, properties?: Record<string, Schema>, minimum?: number, maximum?: number, patternProperties?: Record<string, Schema>, additionalProperties?: unknown }

/** The pages of docs/ that are made from the code, by file name; of `reprovisioning.md` and `identity.md` one block is. */
export function generatedDocs(): Record<string, string> {
  return { 'config.md': configPage(), 'codes.md': codesPage(), 'reprovisioning.md': filled('reprovisioning.md', 'scenarios', scenarioTable()), 'timeline.md': filled('timeline.md', 'verdicts', verdictTable()), 'identity.md': filled('identity.md', 'situations', identityTable()) }
}

/** A page as it is, with what stands between `<!-- name:begin -->` and `<!-- name:end -->` made anew. */
function filled(page: string, name: string, text: string): string {
  const [before, rest, ...more] = readFileSync(new URL(`../docs/${page}`, import.meta.url), 'utf8').split(`<!-- ${name}:begin -->`)
  const [, after] = rest?.split(`<!-- ${name}:end -->`) ?? []
  if (before === undefined || after === undefined || more.length > 0) throw new Error(`docs/${page} has not one block ${name}.`)
  return `${before}<!-- ${name}:begin -->\n<!-- Made by \`npm run docs\`. Do not edit. -->\n\n${text}\n<!-- ${name}:end -->${after}`
}

function configPage(): string {
  const rows = rowsOf(ConfigSchema as Schema, '')
  return `# bastion.yaml

<!-- Made by \`npm run docs\` from bastion/platform/config-schema.ts. Do not edit. -->

\`labctl-bastion --check-config --config FILE\` judges a file and starts nothing. An empty file is valid and means all defaults: loopback only, no DHCP. Unknown keys are errors.

| key | value | default | meaning |
|---|---|---|---|
${rows.map(row => `| ${row.join(' | ')} |`).join('\n')}

## Layouts

\`install.layouts\` holds, by role, the volumes wanted on disk. Naming a role there replaces the defaults of all roles.

| key | value | meaning |
|---|---|---|
${layoutRows().map(row => `| ${row.join(' | ')} |`).join('\n')}

The defaults:

\`\`\`yaml
${layoutExample()}
\`\`\`

## Settings

\`install.settings\` holds, by role, what installed machines get; \`default\` counts for all roles. [settings.md](settings.md) has examples.

| key | value | meaning |
|---|---|---|
${settingsRows().map(row => `| ${row.join(' | ')} |`).join('\n')}

## Rules

\`rules.list\` holds the rules that arm an install by themselves, in the order in which they are looked at. [rules.md](rules.md) says what they do.

| key | value | meaning |
|---|---|---|
${flat(RuleSchema as Schema, '').map(row => `| ${row.join(' | ')} |`).join('\n')}
`
}

function rowsOf(schema: Schema, at: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const here = at === '' ? key : `${at}.${key}`
    if (value.properties !== undefined) return rowsOf(value, here)
    return [[`\`${here}\``, kindOf(value), value.default === undefined ? '' : here === 'install.layouts' ? 'below' : `\`${JSON.stringify(value.default)}\``, value.description ?? '']]
  })
}

function settingsRows(): string[][] {
  return flat(MachineSettingsSchema as Schema, '')
}

function layoutRows(): string[][] {
  const layouts = (ConfigSchema as Schema).properties!['install']!.properties!['layouts']!
  const layout = Object.values(layouts.patternProperties ?? {})[0]!
  return flat(layout, '')
}

function flat(schema: Schema, at: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const here = `${at}${key}`
    if (value.properties !== undefined) return flat(value, `${here}.`)
    if (value.items?.properties !== undefined) return flat(value.items, `${here}[].`)
    return [[`\`${here}\``, kindOf(value), value.description ?? '']]
  })
}

function layoutExample(): string {
  const layouts = (ConfigSchema as Schema).properties!['install']!.properties!['layouts']!.default as Record<string, { disk: object, group: string, bootMib: number, espMib: number, volumes: object[] }>
  const inline = (value: object) => `{ ${Object.entries(value).map(([key, inner]) => `${key}: ${inner}`).join(', ')} }`
  return Object.entries(layouts).map(([role, layout]) => `${role}:\n  disk: ${inline(layout.disk)}\n  group: ${layout.group}\n  bootMib: ${layout.bootMib}\n  espMib: ${layout.espMib}\n  volumes:\n${layout.volumes.map(volume => `    - ${inline(volume)}`).join('\n')}`).join('\n')
}

function kindOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(value => `\`${String(value)}\``).join(', ')
  if (schema.const !== undefined) return `\`${String(schema.const)}\``
  if (schema.anyOf !== undefined) return schema.anyOf.map(kindOf).join(' or ')
  if (schema.type === 'array') return `list of ${kindOf(schema.items!)}`
  if (schema.type === 'null') return 'nothing'
  if (schema.type === 'string') return 'text'
  if (schema.type === 'integer') return `whole number${schema.minimum === undefined ? '' : ` from ${schema.minimum}`}${schema.maximum === undefined ? '' : ` to ${schema.maximum}`}`
  return schema.type ?? 'layouts'
}

function codesPage(): string {
  return `# Codes

<!-- Made by \`npm run docs\`. Do not edit. -->

## Errors of the bastion

Every error of the control plane is problem details (RFC 9457) with one of these in \`code\`. Codes are never reused.

| code | meaning |
|---|---|
${Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`).join('\n')}

## Exit codes of labctl

| code | meaning |
|---|---|
${Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`).join('\n')}
`
}
