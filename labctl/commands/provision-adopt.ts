import { Command } from 'commander'
import type { AdoptAnswer } from '../../protocol/plan-request.ts'
import { openBastion } from '../client/open-bastion.ts'
import { renderRecord } from '../output/render-record.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { parseAdoptedVolume, type AdoptedVolume } from './parse-adopted-volume.ts'
import { given } from './repeated-option.ts'
import { demandYes } from './show-plan.ts'

interface AdoptOptions extends FormatOptions { role?: string, volume?: AdoptedVolume[], yes?: boolean }

const examples = `
A reprovision reformats only what is recorded as ours. Adopting records it for a machine that somebody else
installed: without --volume, the volumes that have the layout's group and names. Nothing on the machine changes.

Examples:
  labctl provision adopt worker-1
  labctl provision adopt worker-1 --volume vg0/root=/ --volume vg0/var=/var --volume vg0/data=/srv,keep`

/** `labctl provision adopt`: records which volumes of a machine that somebody else installed are ours. */
export function provisionAdopt(session: Session): Command {
  return withFormat(new Command('adopt').description('record what is ours on a machine that somebody else installed: shows it and asks')
    .argument('<machine>', 'name, MAC, UUID or id')
    .option('--role <role>', 'role, whose layout says what is what')
    .option('--volume <volume>', 'group/name=mount, with ,keep or ,reformat behind it; may be repeated', parseAdoptedVolume)
    .option('-y, --yes', 'do not ask'))
    .addHelpText('after', examples)
    .action(async (machine: string, options: AdoptOptions) => {
      const bastion = openBastion(session)
      const wanted = given({ role: options.role, volumes: options.volume })
      const would = await bastion.adopt(machine, wanted)
      show(session, options, would)
      await demandYes(session, `Record this as ours on ${machine}? A reprovision may then reformat what is not kept.`, { yes: options.yes, undone: `Nothing was recorded for ${machine}`, nextStep: `labctl provision adopt ${machine} --yes (with the same options)` })
      const done = await bastion.adopt(machine, { ...wanted, shown: would.digest })
      answer(session, options.output, done, () => {
        session.terminal.line([{ text: 'Recorded', tone: 'good' }, `: ${done.record.volumes.length} volume(s) of ${machine} are ours from now on.`])
        session.terminal.line(`Next: labctl provision plan ${machine}`)
      })
    })
}

function show({ terminal }: Session, { output }: AdoptOptions, { record, notes }: AdoptAnswer): void {
  const say = output === 'table' ? (text: string) => { terminal.line(text) } : (text: string) => { terminal.note(text) }
  say('What would be recorded as ours:')
  if (output === 'table') terminal.print(renderRecord(record, terminal.color))
  else for (const line of renderRecord(record, false).split('\n')) terminal.note(line)
  for (const note of notes) say(`Note: ${note}`)
}
