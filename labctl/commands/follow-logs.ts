import { parseMac } from '../../protocol/names.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { logLines } from '../client/log-lines.ts'
import { renderReference } from '../output/render-order.ts'
import type { Session } from '../session.ts'
import { followStream } from '../watch/follow-stream.ts'
import { LogPrinter } from '../watch/log-printer.ts'
import type { AnswerFormat } from './answer-format.ts'
import { isAddress } from './provision-logs.ts'

/** Prints lines as they come, of one sender or (null) of all, until interrupted. `after`: the last line that is shown already. */
export async function followLogs(session: Session, bastion: BastionClient, sender: string | null, { output, after = 0 }: { output: AnswerFormat, after?: number }): Promise<void> {
  const names = new Map<string, string>()
  const machine = sender === null || isAddress(sender) ? null : (await bastion.machines()).find(found => found.id === sender || found.name === sender || found.macs.includes(parseMac(sender) ?? '') || found.uuid === sender.toLowerCase())?.id ?? null
  const learn = async () => { for (const found of await bastion.machines()) names.set(found.id, renderReference(found)) }
  const printer = new LogPrinter(session.terminal, {
    json: output === 'json', choice: 'all',
    nameOf: ({ machine: id, mac }, { address }) => sender === null ? (id === null ? null : names.get(id)) ?? mac ?? address : null,
  })
  printer.lastId = after
  const concerns = (mac: string | null, address: string) => sender === null || machine !== null || (isAddress(sender) ? address === sender : mac === parseMac(sender))
  await followStream(bastion, session.terminal, {
    machine, logs: 'all',
    caughtUp: async () => {
      if (sender === null) await learn()
      else printer.print({ logs: await logLines(bastion, sender, printer.lastId, 10_000), machine, mac: null })
    },
    heardLogs: ({ logs, ...of }) => { printer.print({ logs: logs.filter(line => concerns(of.mac, line.address)), ...of }) },
    heard: () => Promise.resolve(false),
  })
}
