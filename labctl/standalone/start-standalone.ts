import { mkdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BastionClient } from '../client/bastion-client.ts'
import type { Address } from '../client/connect-pinned.ts'
import { openBastion } from '../client/open-bastion.ts'
import { settingsPath, writeSettings } from '../config/settings-file.ts'
import { interrupted, LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import { findBastionProgram, runBastionProgram, type BastionProgram } from './bastion-program.ts'
import { isRunning, startDetached, stopChild, type ChildRecord } from './child-record.ts'
import { parseOperatorToken } from './parse-operator-token.ts'
import { ensureConfig, readPlaces } from './standalone-config.ts'
import { readRecord, standaloneFolder, writeRecord, type StandaloneRecord } from './standalone-record.ts'

/** What became of a start. */
export interface StartedStandalone { record: StandaloneRecord, url: string, configMade: boolean, alreadyRunning: boolean }

const readyMs = 30_000

/** Starts a bastion and its builder on this host, waits until it answers, and stores url, pin and a token in labctl's settings. A bastion that runs already is left alone; a builder that has ended is started again. Refuses (`failed`) with the end of its log when it does not come up; nothing is left running then. */
export async function startStandalone(session: Session, options: { config?: string, state?: string }, program: BastionProgram = findBastionProgram()): Promise<StartedStandalone> {
  const folder = standaloneFolder(session.home)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const before = readRecord(session.home)
  const config = resolve(options.config ?? before?.config ?? join(folder, 'bastion.yaml'))
  if (before !== null && isRunning(before.bastion)) {
    if (before.config !== config) throw new LabctlError('refused', 'other-bastion-running', `A standalone bastion with ${before.config} runs already.`, { nextStep: 'labctl init bastion standalone stop' })
    if (!isRunning(before.builder)) {
      before.builder = await startBuilder(program, config, before.builderLog)
      writeRecord(session.home, before)
    }
    return { record: before, url: await configureClient(session, program, config), configMade: false, alreadyRunning: true }
  }
  const configMade = ensureConfig(config, resolve(options.state ?? join(folder, 'state')))
  await runBastionProgram(program, ['--check-config', '--config', config])
  const log = join(folder, 'bastion.log')
  const builderLog = join(folder, 'builder.log')
  const bastion = await startDetached(program.file, [...program.args, '--config', config], log)
  const record: StandaloneRecord = { config, log, builderLog, bastion, builder: null, startedAt: Date.now() }
  writeRecord(session.home, record)
  try {
    const { control } = readPlaces(config) ?? { control: { address: '127.0.0.1', port: 8443 } }
    const waiting = { session, bastion, log, where: `${control.address}:${control.port}` }
    await waitUntil(waiting, () => answers(control.address, control.port))
    const url = await configureClient(session, program, config, async address => {
      // Another program may sit on that port: only an answer with the pinned key is the bastion's.
      await waitUntil(waiting, async () => (await new BastionClient(address, session.signal).send('GET', '/healthz').catch(() => null))?.status === 200)
    })
    record.builder = await startBuilder(program, config, builderLog)
    writeRecord(session.home, record)
    return { record, url, configMade, alreadyRunning: false }
  } catch (error) {
    await stopChild(record.builder, 5000)
    await stopChild(bastion, 5000)
    throw error
  }
}

function startBuilder(program: BastionProgram, config: string, log: string): Promise<ChildRecord | null> {
  return startDetached(program.file, [...program.args, 'build', 'queue', '--watch', '--config', config], log)
}

/* A token that still works is kept, so that starting often does not pile tokens up. */
async function configureClient(session: Session, program: BastionProgram, config: string, confirm: (address: Address) => Promise<void> = async () => undefined): Promise<string> {
  const known = await workingUrl(session, readPlaces(config)?.control.port ?? null)
  if (known !== null) return known
  const { url, pin, token } = parseOperatorToken(await runBastionProgram(program, ['operator-token', '--config', config]))
  await confirm({ url: new URL(url), pins: [pin], token, socket: null })
  writeSettings(settingsPath(session), { url, pin, token, socket: null })
  return url
}

async function workingUrl(session: Session, port: number | null): Promise<string | null> {
  try {
    const bastion = openBastion(session)
    if (Number(bastion.address.url.port) !== port) return null
    await bastion.machines()
    return bastion.address.url.origin
  } catch {
    return null
  }
}

async function waitUntil(what: { session: Session, bastion: ChildRecord | null, log: string, where: string }, ready: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + readyMs; ; await sleep(100)) {
    if (what.session.signal.aborted) throw interrupted()
    const there = await ready()
    if (!isRunning(what.bastion)) throw new LabctlError('failed', 'bastion-ended', `The bastion ended at once. The end of ${what.log}:\n${tail(what.log)}`, { nextStep: 'labctl doctor says what is missing on this host.' })
    if (there) return
    if (Date.now() > until) throw new LabctlError('timed-out', 'bastion-not-ready', `The bastion did not answer on ${what.where} within ${readyMs / 1000} s. The end of ${what.log}:\n${tail(what.log)}`)
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise(settle => {
    const socket = connect({ host, port, timeout: 1000 })
    const end = (yes: boolean) => { socket.destroy(); settle(yes) }
    socket.once('connect', () => { end(true) }).once('error', () => { end(false) }).once('timeout', () => { end(false) })
  })
}

function tail(log: string): string {
  try { return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-8).join('\n') } catch { return '(no log)' }
}
