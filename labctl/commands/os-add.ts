import { setTimeout as sleep } from 'node:timers/promises'
import { Command, Option } from 'commander'
import type { OsSource } from '../../protocol/os-sources.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { openBastion } from '../client/open-bastion.ts'
import { interrupted, LabctlError } from '../labctl-error.ts'
import { renderBar } from '../output/render-bar.ts'
import { renderSize } from '../output/render-size.ts'
import { renderDuration } from '../output/render-time.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { parseCount } from './provision-logs.ts'

const pollMs = 1000
const patienceMs = 8000

/** `labctl os add`: has an operating system's root image built, or an installation tree fetched, and shows how far it is. */
export function osAdd(session: Session): Command {
  return withFormat(new Command('add').description('have an operating system’s root image built, or fetch an installation tree (--url, --iso)').argument('<name>', 'for example debian-13, or with --url fedora-43').option('--no-wait', 'only queue it')
    .option('--url <url>', 'the root of an installation tree of Fedora or the RHEL family: the folder that holds its .treeinfo').option('--iso <file>', 'instead of a URL: the image of an installation DVD, by its path on the bastion’s host; it is served from there').option('--sha256 <sum>', 'SHA-256 of that .treeinfo, as you know it from elsewhere, needed where the URL is plain http; or of the whole image')
    .addOption(new Option('--timeout <seconds>', 'stop waiting after this long (exit code 7); the build goes on').argParser(parseCount)))
    .action(async (name: string, options: FormatOptions & { wait: boolean, timeout?: number, url?: string, iso?: string, sha256?: string }) => {
      const bastion = openBastion(session)
      const queued = await bastion.addSource(name, { ...options.url === undefined ? {} : { url: options.url }, ...options.iso === undefined ? {} : { iso: options.iso }, ...options.sha256 === undefined ? {} : { sha256: options.sha256 } })
      const source = options.wait ? await followBuild(session, bastion, queued, { talk: options.output === 'table', timeoutMs: options.timeout === undefined ? Infinity : options.timeout * 1000 }) : queued
      if (source.state === 'failed') throw new LabctlError('failed', 'build-failed', `${source.kind === 'tree' ? 'The tree' : 'The build of'} ${name} failed: ${source.because ?? 'it is not said why'}`, { nextStep: `labctl os add ${name} tries again; it goes on where it can.` })
      answer(session, options.output, source, () => {
        const { terminal } = session
        if (source.state !== 'ready' && source.kind === 'tree') return terminal.line([{ text: 'Begun', tone: 'warning' }, `: ${name}. labctl os list shows how far it is.`])
        if (source.state !== 'ready') return terminal.line([{ text: 'Queued', tone: 'warning' }, `: ${name}. The builder on the bastion’s host takes it; labctl os list shows how far it is.`])
        terminal.line([{ text: 'Ready', tone: 'good' }, `: ${name} (${source.files.map(file => `${file.name} ${renderSize(file.sizeBytes)}`).join(', ')}).`])
        terminal.line(`Next: labctl provision install MACHINE NAME --os ${name}`)
      })
    })
}

async function followBuild({ terminal, signal }: Session, bastion: BastionClient, queued: OsSource, { talk, timeoutMs }: { talk: boolean, timeoutMs: number }): Promise<OsSource> {
  const beganAt = Date.now()
  let source = queued
  let told = ''
  let hinted = false
  try {
    while (source.state === 'queued' || source.state === 'building') {
      const step = source.state === 'queued' ? 'queued' : source.step ?? 'building'
      if (talk && !terminal.live && step !== told) terminal.line(`${step} (${renderDuration(Date.now() - beganAt)})`)
      told = step
      if (talk) terminal.status(`${source.name}  ${renderBar(source.percent, 30)}  ${step}  ${renderDuration(Date.now() - beganAt)}`)
      if (!hinted && source.kind === 'image' && source.state === 'queued' && Date.now() - beganAt > patienceMs) {
        hinted = true
        terminal.note({ text: 'Nothing has taken the build yet. On the bastion’s host, labctl-bastion build queue --config FILE --watch must run (systemctl status labctl-bastion-build).', tone: 'warning' })
      }
      if (Date.now() - beganAt > timeoutMs) throw new LabctlError('timed-out', 'build-not-ready', `${source.name} was not ${source.kind === 'tree' ? 'fetched' : 'built'} within ${renderDuration(timeoutMs)}; it is ${source.state}.`, { nextStep: 'It may still go on: labctl os list' })
      await sleep(pollMs, undefined, { signal }).catch(() => { throw interrupted() })
      source = await bastion.source(source.name)
    }
    return source
  } catch (error) {
    if (talk && signal.aborted) terminal.note(`${source.kind === 'tree' ? 'The download' : 'The build'} of ${source.name} goes on without you; labctl os list shows how far it is.`)
    throw error
  } finally {
    terminal.status(null)
  }
}
