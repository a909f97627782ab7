import { thresholds } from '../bastion/boot/silence/thresholds.ts'
import { verdictRules } from '../bastion/boot/silence/verdict-rules.ts'

/** Every verdict about a silent machine, by stage, as tables in Markdown, and the times that they wait. */
export function verdictTable(): string {
  const count = verdictRules.reduce((sum, { rules }) => sum + rules.length, 0)
  const stages = verdictRules.map(({ title, rules }) => `### ${title}

| verdict | what was seen | silent for | what that most probably means | what to try |
|---|---|---|---|---|
${rules.map(rule => `| \`${rule.code}\` | ${cell(rule.seen)} | ${lasting(thresholds[rule.after].ms)} | ${cell(rule.means)} | ${cell(rule.tries)} |`).join('\n')}
`)
  return `${count} verdicts. Within a stage, and from stage to stage, the first that fits is given.

${stages.join('\n')}
### Times

| waited for | how long | why |
|---|---|---|
${Object.entries(thresholds).map(([name, { ms, because }]) => `| ${name} | ${lasting(ms)} | ${cell(because)} |`).join('\n')}
`
}

const lasting = (ms: number): string => ms === 0 ? '-' : ms < 120_000 ? `${ms / 1000} s` : `${ms / 60_000} min`
/** Blanks that are filled in for a machine stand as words in capitals. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\{(\w+)\}/g, (_, name: string) => name === 'ref' ? 'MACHINE' : name.replace(/[A-Z]/g, letter => `-${letter}`).toUpperCase())
