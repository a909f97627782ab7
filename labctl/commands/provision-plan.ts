import { Command, Option } from 'commander'
import type { Facts } from '../../protocol/facts.ts'
import type { PlanAnswer, PlanRequest } from '../../protocol/plan-request.ts'
import { isConfigured, openBastion } from '../client/open-bastion.ts'
import { runOfflinePlan } from '../client/run-offline-plan.ts'
import { readPlanFiles } from '../client/read-plan-files.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderJson } from '../output/render-document.ts'
import { renderHarmlessLines } from '../output/render-harmless.ts'
import { findBastionProgram } from '../standalone/bastion-program.ts'
import type { Session } from '../session.ts'
import { given, repeated } from './repeated-option.ts'
import { planOf, showPlan } from './show-plan.ts'

interface PlanOptions {
  order?: PlanRequest['order'], role?: string, os?: string, wipe?: string[], accept?: string[], output: 'table' | 'json' | 'shell' | 'kickstart'
  facts?: string, record?: string, layout?: string, offline?: boolean
}

const examples = `
From files: --facts (what a machine reported), --record (what was known of it when it was healthy; both also as
provision describe -o json printed them) and --layout (a layout, or a bastion.yaml, with --role). Without a bastion in the settings, or with --offline, labctl-bastion on this
host makes the plan.

Exit code: 0 there is a plan; 4 it would be refused.

Examples:
  labctl provision plan worker-1
  labctl provision plan worker-1 --order install --wipe ata-SAMSUNG_123 -o json
  labctl provision plan --facts facts.json --record record.json --layout worker.yaml -o shell
  labctl provision plan --facts facts.json --layout worker.yaml -o kickstart --os fedora-43`

/** `labctl provision plan`: what an order would do to every device, or why it would be refused. Nothing is armed. */
export function provisionPlan(session: Session): Command {
  return new Command('plan').description('show what an order would do to every device, before anything is armed (exit code 4: it would be refused)')
    .argument('[machine]', 'name, MAC, UUID or id; or --facts and --layout')
    .addOption(new Option('--order <kind>', 'the order to plan; reprovision otherwise where something is recorded as ours, else install').choices(['install', 'reprovision']))
    .option('--role <role>', 'role, which chooses the layout').option('--os <name>', 'operating system')
    .option('--wipe <disk>', 'identity of a disk that may lose what it holds; may be repeated', repeated)
    .option('--accept <override>', 'a refusal that does not hold, as in lost-volume=srv; may be repeated', repeated)
    .option('--facts <file>', 'facts of a machine, instead of a machine').option('--record <file>', 'what is ours on it').option('--layout <file>', 'the layout wanted')
    .option('--offline', 'plan on this host, whatever bastion the settings name')
    .addOption(new Option('-o, --output <format>', 'the plan for people, as a document, as the steps that the machine runs, or as a kickstart: the whole one where --os comes from an installation tree, else its storage commands').choices(['table', 'json', 'shell', 'kickstart']).default('table'))
    .addHelpText('after', examples)
    .action(async (machine: string | undefined, options: PlanOptions) => {
      const { answer, facts } = machine === undefined ? await fromFiles(session, options) : await fromMachine(session, machine, options)
      if (options.output === 'json') session.terminal.print(renderJson(answer))
      const made = planOf(answer)
      if (options.output === 'table') return showPlan(session, 'table', made, facts)
      if (options.output === 'json') return
      if (made.text === null) throw new LabctlError('failed', 'answer-invalid', `The bastion gave no ${options.output} form of the plan.`, { nextStep: 'Compare the versions: labctl version.' })
      session.terminal.print(session.terminal.live ? renderHarmlessLines(made.text.trimEnd()) : made.text.trimEnd())
    })
}

interface Planned { answer: PlanAnswer, facts: Facts | null }

async function fromMachine(session: Session, machine: string, options: PlanOptions): Promise<Planned> {
  const foreign = (['facts', 'record', 'layout', 'offline'] as const).find(name => options[name] !== undefined)
  if (foreign !== undefined) throw new LabctlError('usage', 'machine-or-files', `--${foreign} is for a plan from files; the machine ${machine} is planned from what the bastion knows of it.`, { nextStep: 'labctl provision plan --help' })
  const bastion = openBastion(session)
  const { record, facts } = await bastion.machine(machine)
  return { answer: await bastion.plan({ machine, ...asked(options, record != null) }), facts }
}

async function fromFiles(session: Session, options: PlanOptions): Promise<Planned> {
  const { facts, record, layout, role } = options
  if (facts === undefined || layout === undefined) throw new LabctlError('usage', 'machine-or-files', 'Neither a machine was named, nor --facts and --layout.', { nextStep: 'labctl provision plan --help' })
  const files = readPlanFiles({ facts, layout, ...given({ record, role }) })
  const offline = options.offline === true || !isConfigured(session)
  if (offline && options.offline !== true) session.terminal.note('No bastion is configured: labctl-bastion on this host makes the plan.')
  const request = asked(options, record !== undefined)
  const answer = offline ? await runOfflinePlan(findBastionProgram(), request, files, session.signal) : await openBastion(session).plan({ ...request, ...files })
  return { answer, facts: files.facts }
}

function asked({ order, role, os, wipe, accept, output }: PlanOptions, recorded: boolean): PlanRequest {
  return { order: order ?? (recorded ? 'reprovision' : 'install'), ...given({ role, os, wipe, accept }), ...output === 'shell' || output === 'kickstart' ? { face: output } : {} }
}
