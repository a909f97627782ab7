import { Command, Option } from 'commander'
import { logChoices, type LogChoice } from '../../protocol/machine-logs.ts'
import type { Order, TimelineEntry } from '../../protocol/machines.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderReference } from '../output/render-order.ts'
import type { Session } from '../session.ts'
import { EntryPrinter } from '../watch/entry-printer.ts'
import { followStream } from '../watch/follow-stream.ts'
import { judgeEnd } from '../watch/judge-order.ts'
import { LogPrinter } from '../watch/log-printer.ts'
import { VerdictPrinter } from '../watch/verdict-printer.ts'
import { watchMachine } from '../watch/watch-machine.ts'
import { parseCount } from './provision-logs.ts'

const verdictsEveryMs = 10_000

interface WatchOptions { output: 'table' | 'json', timeout?: number, logs: LogChoice }

/** `labctl provision watch`: boots as they go. */
export function provisionWatch(session: Session): Command {
  return new Command('watch').description('show boots as they go; with a machine, until its order has ended (exit code by how)')
    .argument('[machine]', 'name, MAC, UUID or id; all machines otherwise')
    .addOption(new Option('-o, --output <format>', 'lines for people, or one JSON document per line').choices(['table', 'json']).default('table'))
    .addOption(new Option('--timeout <seconds>', 'give up after this long (exit code 7); with a machine only').argParser(parseCount))
    .addOption(new Option('--logs <which>', 'lines of the machines’ logs that are shown beside').choices(logChoices).default('errors'))
    .action(async (machine: string | undefined, { output, timeout, logs }: WatchOptions) => {
      const { terminal } = session
      const bastion = openBastion(session)
      const json = output === 'json'
      if (machine === undefined) {
        const printer = new EntryPrinter(terminal, { json, named: true })
        const verdicts = new VerdictPrinter(terminal)
        let askedAt = Date.now()
        const names = new Map<string, string>()
        const lines = new LogPrinter(terminal, { json, choice: logs, nameOf: ({ machine: id, mac }, { address }) => (id === null ? null : names.get(id)) ?? mac ?? address })
        const learn = async () => {
          for (const found of await bastion.machines()) {
            names.set(found.id, renderReference(found))
            printer.learn(found.id, renderReference(found))
          }
        }
        const caughtUp = async () => {
          await learn()
          if (!json) terminal.note('Watching all machines; Ctrl-C ends it. Nothing shows until one boots.')
        }
        const heard = async (entries: TimelineEntry[]) => {
          if (!printer.knows(entries)) await learn()
          printer.print(entries)
          if (!json && Date.now() - askedAt > verdictsEveryMs) {
            askedAt = Date.now()
            verdicts.machines(await bastion.machines())
            verdicts.strangers(await bastion.strangers())
          }
          return false
        }
        return followStream(bastion, terminal, { machine: null, caughtUp, heard, logs, heardLogs: event => { lines.print(event) } })
      }
      const order = await watchMachine(bastion, terminal, machine, { json, logs, timeoutMs: timeout === undefined ? null : timeout * 1000 })
      const exit = judgeEnd(order)
      const proof = order.kind === 'reprovision' ? (await bastion.machine(machine)).proof : null
      if (exit === 'ok' && proof?.order === order.id && !proof.same) throw new LabctlError('failed', 'kept-differs', `${order.name} was reprovisioned, and what was kept is not all the same as before.`, { nextStep: `labctl provision describe ${machine} shows what differs; look at it before the machine is used.` })
      if (exit === 'ok') return json ? undefined : terminal.line([{ text: 'Done', tone: 'good' }, `: ${done(order, machine)}`])
      throw new LabctlError(exit ?? 'failed', `order-${order.state}`, `The order for ${order.name} ${order.state === 'unconfirmed' ? 'waits for a confirmation' : `is ${order.state}`}${order.because === null ? '.' : `: ${order.because}`}`, {
        nextStep: order.state === 'unconfirmed' ? `labctl provision confirm ${order.name} shows the machine, and asks.` : order.state === 'failed' ? `labctl provision logs ${machine} shows why; labctl provision retry ${machine} arms it once more.` : `labctl provision describe ${machine}`,
      })
    })
}

function done({ kind, name, os, wipe }: Order, machine: string): string {
  switch (kind) {
    case 'install': return `${name} runs ${os} from its own disk.`
    case 'reprovision': return `${name} runs ${os} beside the data that it had; labctl provision describe ${machine} compares what was kept.`
    case 'rescue': return `${name} can be entered; labctl provision describe ${machine} shows the SSH line.`
    case 'erase': return `${wipe.join(', ')} of ${name} hold nothing any more.`
  }
}
