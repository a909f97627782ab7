import { parseMac } from '../../protocol/names.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderEntry } from '../output/render-entry.ts'
import { renderAge } from '../output/render-time.ts'
import { renderVerdict } from '../output/render-verdict.ts'
import type { Session } from '../session.ts'
import { answer, type FormatOptions } from './answer-format.ts'

/** Shows what was seen of a MAC that is no machine yet. `known`: why there is no such machine; thrown where nothing was seen of it either. */
export async function describeStranger(session: Session, bastion: BastionClient, reference: string, { output }: FormatOptions, known: unknown): Promise<void> {
  if (!(known instanceof LabctlError) || known.code !== 'BST_NOT_FOUND' || parseMac(reference) === null) throw known
  const found = await bastion.stranger(reference).catch((error: unknown) => {
    throw error instanceof LabctlError && error.code === 'BST_NOT_FOUND' ? known : error
  })
  answer(session, output, found, () => {
    const { terminal } = session
    const { stranger, timeline } = found
    terminal.line([{ text: stranger.mac, tone: 'strong' }, ` is no machine yet: it has told no facts. Last seen ${renderAge(stranger.lastSeenAt, Date.now())}${stranger.address === null ? '' : `, at ${stranger.address}`}.`])
    if (stranger.verdict !== null) {
      terminal.line()
      for (const line of renderVerdict(stranger.verdict, '  ')) terminal.line(line)
    }
    terminal.line()
    terminal.line({ text: 'Timeline', tone: 'strong' })
    for (const entry of timeline.slice(-30)) terminal.line(['  ', ...renderEntry(entry, { name: null, sinceMs: null })])
  })
}
