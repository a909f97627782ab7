import { Command, Option } from 'commander'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderTable } from '../output/render-table.ts'
import { renderAge } from '../output/render-time.ts'
import type { Session } from '../session.ts'
import { isRunning, stopChild } from '../standalone/child-record.ts'
import { readRecord } from '../standalone/standalone-record.ts'
import { startStandalone } from '../standalone/start-standalone.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { parseCount } from './provision-logs.ts'

/** `labctl init bastion standalone`: a bastion on this host without its package or systemd. */
export function initCommand(session: Session): Command {
  const standalone = new Command('standalone').description('a bastion of your own on this host, without systemd').addCommand(start(session)).addCommand(stop(session)).addCommand(status(session))
  return new Command('init').description('set something up').addCommand(new Command('bastion').description('set a bastion up').addCommand(standalone))
}

function start(session: Session): Command {
  return new Command('start').description('start a bastion and its builder here, and point labctl at it')
    .option('--config <file>', 'its bastion.yaml; made when missing, loopback only and DHCP off (~/.labctl/standalone/bastion.yaml)')
    .option('--state <folder>', 'its state, named in a bastion.yaml that is made (~/.labctl/standalone/state)')
    .action(async (options: { config?: string, state?: string }) => {
      const { terminal } = session
      const { record, url, configMade, alreadyRunning } = await startStandalone(session, options)
      terminal.line([{ text: alreadyRunning ? 'Runs already' : 'Started', tone: 'good' }, `: a bastion at ${url} (process ${record.bastion?.pid ?? '?'}), log ${record.log}`])
      terminal.line(`Its configuration is ${record.config}${configMade ? ', made just now: this host only, no DHCP. To serve machines, set addresses and dhcp there, then stop and start' : ''}.`)
      terminal.line('labctl’s settings now point at it. Next: labctl doctor; labctl os add debian-13; labctl provision list')
    })
}

function stop(session: Session): Command {
  const deadline = new Option('--deadline <seconds>', 'how long it may take before it is killed').argParser(parseCount).default(15)
  return new Command('stop').description('stop the bastion that start started').addOption(deadline).action(async (options: { deadline: number }) => {
    const record = readRecord(session.home)
    const [bastion] = await Promise.all([stopChild(record?.bastion ?? null, options.deadline * 1000), stopChild(record?.builder ?? null, options.deadline * 1000)])
    if (bastion === 'was-not-running') return session.terminal.line('No standalone bastion was running. Next: labctl init bastion standalone start')
    if (bastion === 'killed') throw new LabctlError('failed', 'bastion-killed', `The bastion did not stop within ${options.deadline} s and was killed; its state is safe.`, { nextStep: `Look at ${record?.log ?? 'its log'}.` })
    session.terminal.line([{ text: 'Stopped', tone: 'good' }, '.'])
  })
}

function status(session: Session): Command {
  return withFormat(new Command('status').description('say whether it runs, and how it is; exit code 1 when it does not run')).action(async (options: FormatOptions) => {
    const record = readRecord(session.home)
    const running = isRunning(record?.bastion ?? null)
    const health = running ? await readHealth(session) : null
    const value = { running, pid: running ? record?.bastion?.pid ?? null : null, builderRunning: isRunning(record?.builder ?? null), startedAt: running ? record?.startedAt ?? null : null, config: record?.config ?? null, log: record?.log ?? null, ...health }
    answer(session, options.output, value, () => {
      if (!running) return
      session.terminal.print(renderTable(null, [
        ['bastion', { text: `running, process ${record!.bastion!.pid}, started ${renderAge(record!.startedAt, Date.now())}`, tone: 'good' }],
        ['url', health?.url ?? '-'], ['health', { text: health?.health ?? '-', tone: health?.healthy === true ? 'good' : 'warning' }],
        ['builder', value.builderRunning ? { text: 'running', tone: 'good' } : { text: 'not running: labctl os add waits until labctl-bastion build queue is started', tone: 'warning' }],
        ['config', record!.config], ['log', record!.log],
      ], session.terminal.color))
    })
    if (!running) throw new LabctlError('failed', 'not-running', 'No standalone bastion is running on this host.', { nextStep: 'labctl init bastion standalone start' })
  })
}

const ReadinessSchema = Type.Object({ failing: Type.Array(Type.Object({ name: Type.String(), because: Type.Union([Type.String(), Type.Null()]) })) })

function renderFailing(body: string): string {
  let value: unknown
  try { value = JSON.parse(body) } catch { value = null }
  return Value.Check(ReadinessSchema, value) ? `not ready: ${value.failing.map(part => `${part.name}: ${part.because ?? '?'}`).join('; ')}` : 'not ready'
}

async function readHealth(session: Session): Promise<{ url: string | null, healthy: boolean, health: string }> {
  try {
    const bastion = openBastion(session)
    const { status: code, body } = await bastion.send('GET', '/health/ready')
    return { url: bastion.address.url.origin, healthy: code === 200, health: code === 200 ? 'ready' : renderFailing(body) }
  } catch (error) {
    if (error instanceof LabctlError && error.exit !== 'interrupted') return { url: null, healthy: false, health: error.message }
    throw error
  }
}
