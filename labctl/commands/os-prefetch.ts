import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { OsSource } from '../../protocol/os-sources.ts'
import { openBastion } from '../client/open-bastion.ts'
import { interrupted, LabctlError } from '../labctl-error.ts'
import { renderBar } from '../output/render-bar.ts'
import { renderSize } from '../output/render-size.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

const pollMs = 1000

/** `labctl os prefetch`: has all packages of an installation tree fetched beforehand, and shows how far it is. */
export function osPrefetch(session: Session): Command {
  return withFormat(new Command('prefetch').description('fetch all packages of an installation tree beforehand, for a site that will have no way out').argument('<name>', 'for example fedora-43').option('--no-wait', 'only begin'))
    .action(async (name: string, options: FormatOptions & { wait: boolean }) => {
      const { terminal, signal } = session
      const bastion = openBastion(session)
      let source: OsSource = await bastion.prefetchSource(name)
      try {
        while (options.wait && source.prefetch?.state === 'running') {
          if (options.output === 'table') terminal.status(`${name}  ${renderBar(source.prefetch.percent, 30)}  ${source.prefetch.step ?? ''}  ${source.prefetch.packages} packages, ${renderSize(source.prefetch.sizeBytes)}`)
          await sleep(pollMs, undefined, { signal }).catch(() => { throw interrupted() })
          source = await bastion.source(name)
        }
      } finally {
        terminal.status(null)
      }
      if (source.prefetch?.state === 'failed') throw new LabctlError('failed', 'prefetch-failed', `The packages of ${name} were not all fetched: ${source.prefetch.because ?? 'it is not said why'}`, { nextStep: `labctl os prefetch ${name} goes on where it stopped.` })
      answer(session, options.output, source, () => {
        if (source.prefetch?.state === 'running') return terminal.line([{ text: 'Begun', tone: 'warning' }, `: ${name}. labctl os list shows how far it is.`])
        terminal.line([{ text: 'There', tone: 'good' }, `: ${source.prefetch?.packages ?? 0} packages of ${name} (${renderSize(source.prefetch?.sizeBytes ?? 0)}).`])
      })
    })
}
