import { Command } from 'commander'
import type { OsSource } from '../../protocol/os-sources.ts'
import { openBastion } from '../client/open-bastion.ts'
import { renderSize } from '../output/render-size.ts'
import { renderTable } from '../output/render-table.ts'
import { renderAge } from '../output/render-time.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { osAdd } from './os-add.ts'
import { osPrefetch } from './os-prefetch.ts'

/** `labctl os`: the operating systems that the bastion can install. */
export function osCommand(session: Session): Command {
  const list = withFormat(new Command('list').alias('ls').description('list the operating systems and their builds')).action(async (options: FormatOptions) => {
    const sources = await openBastion(session).sources()
    answer(session, options.output, { sources }, () => { printSources(session, sources) })
  })
  const remove = new Command('remove').alias('rm').description('remove an operating system: its root image, or its installation tree with what is cached of it').argument('<name>').action(async (name: string) => {
    await openBastion(session).removeSource(name)
    session.terminal.line([{ text: 'Removed', tone: 'good' }, `: ${name}. labctl os add ${name} brings it anew.`])
  })
  return new Command('os').description('operating systems to install').addCommand(osAdd(session)).addCommand(osPrefetch(session)).addCommand(list).addCommand(remove)
}

function printSources({ terminal }: Session, sources: readonly OsSource[]): void {
  if (sources.length === 0) {
    terminal.line('No operating systems yet.')
    terminal.line('Next: labctl os add debian-13 has one built.')
    return
  }
  const now = Date.now()
  terminal.print(renderTable(['NAME', 'STATE', 'WHAT', 'AGE', 'FILES', 'DETAIL'], sources.map(source => [
    { text: source.name, tone: 'strong' }, { text: source.state, tone: source.state === 'ready' ? 'good' : source.state === 'failed' ? 'bad' : 'warning' },
    source.kind === 'tree' ? source.release ?? 'a tree' : source.kernel === null ? 'an image' : `kernel ${source.kernel}`, source.builtAt === null ? '-' : renderAge(source.builtAt, now),
    source.files.map(file => `${file.name.split('/').at(-1)} ${renderSize(file.sizeBytes)}`).join(', ') || '-',
    source.because ?? told(source, now) ?? ([source.step, source.percent === null ? null : `${Math.round(source.percent)}%`].filter(part => part !== null).join(' ') || source.url || '-'),
  ]), terminal.color))
}

/** What is newer at the mirror, and how far the packages are. */
function told({ state, prefetch, newer }: OsSource, now: number): string | null {
  if (state !== 'ready') return null
  const fetched = prefetch == null ? null : prefetch.state === 'failed' ? `prefetch failed: ${prefetch.because ?? 'it is not said why'}`
    : prefetch.state === 'running' ? `prefetching ${Math.round(prefetch.percent)}%` : `${prefetch.packages} packages prefetched ${renderAge(prefetch.at, now)} (${renderSize(prefetch.sizeBytes)})`
  return [newer, fetched].filter(part => part != null).join(' ') || null
}
