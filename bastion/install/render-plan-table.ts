// A plan, or why there is none, as plain text for whoever has no labctl at hand.
import type { PlanAnswer } from '../../protocol/plan-request.ts'

// oxlint-disable-next-line no-control-regex -- control characters are what is taken out: names come from disks and files
const harmless = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, ' ')

/** One line for each device, then what is kept; or one paragraph for each refusal. Ends with a newline. */
export function renderPlanTable(answer: PlanAnswer): string {
  const lines = answer.kind === 'refused'
    ? answer.refusals.flatMap(({ code, because, nextStep, accept }) => [`REFUSED ${code}: ${because}`, `  Next: ${nextStep}`, ...accept === undefined ? [] : [`  Or:   --accept ${accept}`]])
    : planLines(answer)
  return lines.map(line => `${harmless(line)}\n`).join('')
}

function planLines({ plan, digest }: Extract<PlanAnswer, { kind: 'plan' }>): string[] {
  const rows = [['ACTION', 'WHAT', 'NAME', 'SEEN AS', 'WHY'], ...plan.devices.map(({ action, kind, name, seenAs, because }) => [action, kind, name, seenAs ?? '-', because])]
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]!.length)))
  return [
    ...rows.map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()), '',
    `Kept: ${plan.kept.length === 0 ? 'nothing' : plan.kept.map(volume => `${volume.group}/${volume.name}${volume.mount === null ? '' : ` (${volume.mount})`}`).join(', ')}.`,
    ...plan.carryOver === null ? [] : [`Carried over: ${plan.carryOver.paths.join(', ')}; ${plan.carryOver.store === null ? 'in memory, so a power cut loses them' : `on ${plan.carryOver.store.group}/${plan.carryOver.store.name} meanwhile`}.`],
    ...plan.accepted.length === 0 ? [] : [`Accepted: ${plan.accepted.join(', ')}.`],
    `Digest: ${digest}`,
  ]
}
