import type { Scenario } from '../test/volumes/scenario.ts'
import { allScenarios } from '../test/volumes/all-scenarios.ts'

/** The situations of the volume lab and what comes of each, as a table in Markdown. */
export function scenarioTable(): string {
  return `${allScenarios.length} scenarios. **Bold** ones run in \`npm test\` too.

| situation | order | what comes of it |
|---|---|---|
${allScenarios.map(scenario => `| ${[scenario.telling === true ? `**${cell(scenario.title)}**` : cell(scenario.title), ordered(scenario), outcome(scenario)].join(' | ')} |`).join('\n')}
`
}

function ordered({ order }: Scenario): string {
  const flags = [...(order.wipe ?? []).map(() => '`--wipe`'), ...(order.accept ?? []).map(override => `\`--accept ${cell(override)}\``)]
  return [order.kind, ...flags].join(' ')
}

function outcome({ expect }: Scenario): string {
  switch (expect.outcome) {
    case 'done': return `done${expect.note === undefined ? '' : `: ${cell(expect.note)}`}`
    case 'refused': return `refused: ${expect.codes.map(code => `\`${code}\``).join(', ')}`
    case 'stopped': return expect.untouched ? 'stopped by the machine before the first write' : 'stopped by the machine; what is kept is the same'
    case 'not-booted': return 'not begun: the machine gets a refusal on its screen'
    case 'refused-or-stopped': return 'refused, or stopped by the machine before the first write'
    case 'any': return 'nothing that is kept is lost'
  }
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
