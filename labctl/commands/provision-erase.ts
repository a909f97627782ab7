import { Command } from 'commander'
import type { Disk, Facts } from '../../protocol/facts.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { diskIdentities } from '../output/render-facts.ts'
import { renderReference } from '../output/render-order.ts'
import { renderSize } from '../output/render-size.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { repeated } from './repeated-option.ts'
import { showArmed } from './show-armed.ts'
import { demandYes } from './show-plan.ts'

interface EraseOptions extends FormatOptions { disk: string[], serial?: string[], yes?: boolean }

/** `labctl provision erase`: everything on the disks named is destroyed, once each one's serial was typed again. */
export function provisionErase(session: Session): Command {
  return withFormat(new Command('erase').description('order that everything on the disks named is destroyed; each disk’s serial is typed again')
    .argument('<machine>', 'name, MAC, UUID or id')
    .requiredOption('--disk <disk>', 'identity of a disk to erase: by-id name, WWN or serial; may be repeated', repeated)
    .option('--serial <serial>', 'for scripts: the serial of the disk at the same position; may be repeated', repeated)
    .option('-y, --yes', 'do not ask at the end; does not stand for the serials'))
    .addHelpText('after', '\nExamples:\n  labctl provision erase worker-1 --disk ata-SAMSUNG_123\n  labctl provision erase worker-1 --disk wwn-0x5001 --serial S5XN --yes')
    .action(async (machine: string, options: EraseOptions) => {
      const { disk: names, serial: serials = [] } = options
      if (serials.length > 0 && serials.length !== names.length) throw new LabctlError('usage', 'serial-count', `${names.length} disk(s) are named and ${serials.length} serial(s): each --disk needs its --serial, in the same order.`)
      if (serials.length === 0 && !session.canAsk) throw new LabctlError('usage', 'serial-missing', 'Each disk’s serial must be typed again, and there is no terminal to ask on. Nothing was ordered.', { nextStep: `labctl provision erase ${machine} ${names.map(name => `--disk ${name} --serial SERIAL`).join(' ')} --yes` })
      const bastion = openBastion(session)
      const detail = await bastion.machine(machine)
      const disks: { disk: string, serial: string }[] = []
      for (const [at, name] of names.entries()) {
        session.terminal.note([{ text: 'To be erased: ', tone: 'bad' }, `${name}, ${describe(name, detail.facts)}`])
        const serial = serials[at] ?? await session.readLine(`Type the serial of ${name}:`)
        if (serial === '') throw new LabctlError('usage', 'serial-missing', `Nothing was ordered: no serial was given for ${name}.`, { nextStep: `labctl provision describe ${machine} shows each disk.` })
        disks.push({ disk: name, serial })
      }
      await demandYes(session, `Erase ${names.length} disk(s) of ${renderReference(detail.machine)}, for good?`, { yes: options.yes, undone: 'Nothing was ordered to be erased', nextStep: 'The same with --yes.' })
      const order = await bastion.erase(machine, { disks })
      answer(session, options.output, order, () => { showArmed(session.terminal, order, detail, machine) })
    })
}

// Without the serial: it is what must come from somewhere else than this line.
function describe(name: string, facts: Facts | null): string {
  const disk = facts?.disks.find((disk: Disk) => diskIdentities(disk).includes(name.replace(/^\/dev\/disk\/by-id\//, '')))
  if (disk === undefined) return 'which is not in the last facts'
  const holds = [...disk.signature === null ? [] : [disk.signature.type], `${disk.partitions.length} partition(s)`].join(', ')
  return `${[disk.vendor, disk.model].filter(part => part !== null).join(' ') || 'of an unknown model'}, ${renderSize(disk.sizeBytes)}, last seen as ${disk.name}, with ${holds}`
}
