import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { PreflightSchema, type PreflightCheck } from '../../protocol/preflight.ts'
import type { Session } from '../session.ts'
import { findBastionProgram, runBastionProgram } from '../standalone/bastion-program.ts'
import { isRunning } from '../standalone/child-record.ts'
import type { BastionPlaces } from '../standalone/standalone-config.ts'
import { readRecord } from '../standalone/standalone-record.ts'
import type { ClockFact, FolderFact, ServiceFacts } from './service-facts.ts'

const ManifestSchema = Type.Object({ files: Type.Array(Type.Object({ name: Type.String({ pattern: '^[^/]+$' }), sizeBytes: Type.Integer() })) })
const preflightMs = 60_000

/** Looks at a bastion's own things; of one that answers, `failing` is added by the caller. */
export async function gatherServiceFacts(session: Session, config: string | null, places: BastionPlaces | null): Promise<Omit<ServiceFacts, 'failing'>> {
  const builds = places === null ? [] : [{ build: 'RAM disk', folder: places.ramdisk }, ...namesIn(places.os).map(name => ({ build: `image ${name}`, folder: join(places.os, name) }))]
  return {
    folders: places === null ? [] : [['state', places.state], ['RAM disk', places.ramdisk], ['image', places.os]].map(([name, path]) => lookAt(name!, path!)),
    clock: await readClock([fileURLToPath(import.meta.url), ...config === null ? [] : [config], ...places === null ? [] : [join(places.state, 'bastion.sqlite')], ...builds.map(({ folder }) => join(folder, 'manifest.json'))]),
    damaged: builds.flatMap(({ build, folder }) => damagedIn(folder).map(file => ({ build, file }))),
    preflight: config === null ? null : await runPreflight(config),
    ended: endedBastion(session.home),
  }
}

function lookAt(name: string, path: string): FolderFact {
  const made = existsSync(path)
  let at = path
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at)
  let owner: string | null = null
  try { const { uid } = statSync(at); owner = uid === userInfo().uid ? null : uid === 0 ? 'root' : `user ${uid}` } catch { /* it stays unknown */ }
  try { accessSync(at, constants.W_OK | constants.X_OK); return { name, path, made, writable: true, owner } } catch { return { name, path, made, writable: false, owner } }
}

async function readClock(paths: readonly string[]): Promise<ClockFact> {
  const times = paths.flatMap(path => { try { return [{ path, at: statSync(path).mtimeMs }] } catch { return [] } })
  const newest = times.toSorted((a, b) => b.at - a.at)[0] ?? { path: '', at: 0 }
  return { nowMs: Date.now(), newestMs: newest.at, newest: newest.path, synchronized: await askSynchronized() }
}

async function askSynchronized(): Promise<boolean | null> {
  try {
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { timeout: 5000 })
    return stdout.trim() === 'yes' ? true : stdout.trim() === 'no' ? false : null
  } catch { return null }
}

function namesIn(folder: string): string[] {
  try { return readdirSync(folder).filter(name => existsSync(join(folder, name, 'manifest.json'))).toSorted() } catch { return [] }
}

function damagedIn(folder: string): string[] {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
    return Value.Check(ManifestSchema, manifest) ? manifest.files.filter(({ name, sizeBytes }) => statSync(join(folder, name), { throwIfNoEntry: false })?.size !== sizeBytes).map(({ name }) => join(folder, name)) : []
  } catch { return [] }
}

async function runPreflight(config: string): Promise<PreflightCheck[]> {
  try {
    const answer: unknown = JSON.parse(await runBastionProgram(findBastionProgram(), ['preflight', '--config', config], preflightMs))
    return Value.Parse(PreflightSchema, answer).checks
  } catch (error) {
    return [{ what: 'labctl-bastion', state: 'missing', because: (error as Error).message.replaceAll('\n', ' '), nextStep: (error as { nextStep?: string | null }).nextStep ?? 'Install the same version of labctl-bastion as of labctl.' }]
  }
}

function endedBastion(home: string): ServiceFacts['ended'] {
  const record = readRecord(home)
  if (record === null || record.bastion === null || isRunning(record.bastion)) return null
  const lines = existsSync(record.log) ? readFileSync(record.log, 'utf8').trimEnd().split('\n').slice(-20) : []
  return { log: record.log, words: lines.filter(line => /^(BST_|Next:)/.test(line)).slice(-2).join(' ') }
}
