// The planning program: a plan from files, with no daemon, no database and no configuration.
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { PlanAnswer, PlanRequest } from '../protocol/plan-request.ts'
import { carryOverOf } from './install/carry-over.ts'
import { decideSettings, withoutHashes } from './install/decide-settings.ts'
import { makePlan } from './install/make-plan.ts'
import { readPlanFiles } from './install/read-plan-files.ts'
import { renderPlanTable } from './install/render-plan-table.ts'
import { showPlan } from './install/show-plan.ts'
import { BastionError } from './platform/bastion-error.ts'
import { parseConfig, readConfig } from './platform/read-config.ts'
import { taggedMachine } from './volumes/choose-ours.ts'
import { recordGiven, unknownMachine } from './volumes/record-given.ts'

const usage = `labctl-bastion plan --facts FILE --layout FILE [--record FILE] [--order install|reprovision]
                    [--role ROLE] [--os NAME] [--wipe DISK]… [--accept OVERRIDE]… [--config FILE]
                    [-o table|json|shell|kickstart]

--facts   what the machine reported, as JSON
--layout  a layout (YAML or JSON), or several under the key layouts, of which --role names one
--record  what the bastion knew of the machine when it was healthy: facts, and which volumes are ours

With -o kickstart and --os of an installation tree, as in fedora-43, the whole kickstart; else its storage commands.

Exit codes: 0 there is a plan; 1 failed; 2 wrong usage or files; 4 it is refused.`

const orders = ['install', 'reprovision'] as const
const outputs = ['table', 'json', 'shell', 'kickstart'] as const

/** Arguments behind `plan` in, plan or refusals out through `print` and `complain`. Gives the exit code, the same as labctl's: 0, 2 wrong usage or files, 4 refused. */
export function runPlan(argv: readonly string[], print: (text: string) => void, complain: (text: string) => void): number {
  try {
    const words = parseWords(argv)
    if (words === null) { print(`${usage}\n`); return 0 }
    const answer = planFromFiles(words)
    if (words.output === 'json') print(`${JSON.stringify(answer, null, 2)}\n`)
    else if (answer.kind === 'plan') print(words.output === 'table' ? renderPlanTable(answer) : answer.text!)
    else complain(renderPlanTable(answer))
    return answer.kind === 'plan' ? 0 : 4
  } catch (error) {
    if (!(error instanceof BastionError) && !(error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) throw error
    complain(`${(error as Error).message}\n${error instanceof BastionError ? error.nextStep ?? usage : usage}\n`)
    return 2
  }
}

interface Words { facts: string, layout: string, record: string | null, order: typeof orders[number], role: string | null, os: string | null, wipe: string[], accept: string[], config: string | null, output: typeof outputs[number] }

function parseWords(argv: readonly string[]): Words | null {
  const text = { type: 'string' } as const
  const several = { type: 'string', multiple: true } as const
  const { values } = parseArgs({ args: [...argv], options: { facts: text, layout: text, record: text, order: text, role: text, os: text, wipe: several, accept: several, config: { ...text, short: 'c' }, output: { ...text, short: 'o' }, help: { type: 'boolean', short: 'h' } } })
  if (values.help === true) return null
  const order = orders.find(known => known === (values.order ?? 'install'))
  const output = outputs.find(known => known === (values.output ?? 'table'))
  if (values.facts === undefined || values.layout === undefined || order === undefined || output === undefined) throw new BastionError('BST_INPUT_INVALID', values.facts === undefined || values.layout === undefined ? 'Both --facts and --layout are wanted.' : order === undefined ? `There is no order ${JSON.stringify(values.order)}; wanted is install or reprovision.` : `There is no output ${JSON.stringify(values.output)}; wanted is ${outputs.join(', ')}.`, { nextStep: usage })
  return { facts: values.facts, layout: values.layout, record: values.record ?? null, order, role: values.role ?? null, os: values.os ?? null, wipe: values.wipe ?? [], accept: values.accept ?? [], config: values.config ?? null, output }
}

function planFromFiles(words: Words): PlanAnswer {
  const config = words.config === null ? parseConfig('', 'the defaults') : readConfig(words.config)
  const { facts, layout, role, record } = readPlanFiles(words)
  const given = record === null ? null : recordGiven(record, layout)
  if (given?.kind === 'refused') return given
  const made = makePlan({
    layout, facts, record: given?.record ?? null, machine: given?.record.machineId ?? taggedMachine(facts) ?? unknownMachine, seed: randomUUID(), carryOver: carryOverOf(config),
    order: { kind: words.order, role, wipe: words.wipe, accept: words.accept, earlier: [] },
  })
  if (made.kind === 'refused') return made
  const face: PlanRequest['face'] | null = words.output === 'shell' || words.output === 'kickstart' ? words.output : null
  return showPlan(made.plan.storage, face, { config, bootUrl: `http://${config.bootPlane.address}:${config.bootPlane.port}`, controlUrl: `https://${config.controlPlane.address}:${config.controlPlane.port}`, facts, layout, os: words.os ?? config.os.default, image: null, tree: null, name: 'machine', mac: facts.nics[0]?.mac ?? '00:00:00:00:00:00', settings: withoutHashes(decideSettings(config, role, {}).settings) })
}
