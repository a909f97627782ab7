import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, openSync, closeSync, readFileSync, readdirSync, statfsSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { openBastion } from '../client/open-bastion.ts'
import { readSettings } from '../config/settings-file.ts'
import { LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import { readPlaces, type BastionPlaces } from '../standalone/standalone-config.ts'
import { findConfig } from './find-config.ts'
import { filePackages, programPackages, type BastionFact, type FileName, type HostFacts, type ProgramName } from './host-facts.ts'
import { gatherServiceFacts } from './gather-service-facts.ts'
import { probePorts } from './probe-ports.ts'
import type { ServiceFacts } from './service-facts.ts'

/** Looks at this host. Writes nothing; makes namespaces for a moment, and opens the bastion's ports for another. */
export async function gatherHostFacts(session: Session): Promise<HostFacts> {
  const config = findConfig(session)
  const places = config === null ? null : readPlaces(config)
  const [namespacesRefused, ports, { failing, ...bastion }, service] = await Promise.all([tryNamespaces(), probePorts(places), askBastion(session), gatherServiceFacts(session, config, places)])
  return {
    root: process.getuid?.() === 0,
    programs: Object.fromEntries(Object.keys(programPackages).map(name => [name, isOnPath(name, session.env['PATH'])])) as Record<ProgramName, boolean>,
    files: Object.fromEntries(Object.keys(filePackages).map(name => [name, existsSync(name)])) as Record<FileName, boolean>,
    namespacesRefused, ports, bastion, config,
    kvm: !existsSync('/dev/kvm') ? 'absent' : canOpen('/dev/kvm') ? 'usable' : 'forbidden',
    tun: canOpen('/dev/net/tun'),
    freeDiskBytes: leastFree(places === null ? [session.home] : [places.state, places.ramdisk, places.os]),
    availableMemoryBytes: availableMemory(),
    processors: availableParallelism(),
    dhcp: places === null ? null : { mode: places.dhcp, interface: places.interface },
    discoverer: places?.discoverer ?? null,
    ramdiskBuilt: places !== null && existsSync(join(places.ramdisk, 'manifest.json')),
    imagesBuilt: listImages(places),
    service: { ...service, failing },
  }
}

function isOnPath(name: string, path: string | undefined): boolean {
  return [...(path ?? '').split(delimiter), '/usr/sbin', '/sbin'].some(folder => {
    try { accessSync(join(folder, name), constants.X_OK); return folder !== '' } catch { return false }
  })
}

function canOpen(path: string): boolean {
  try { closeSync(openSync(path, 'r+')); return true } catch { return false }
}

async function tryNamespaces(): Promise<string | null> {
  try {
    await promisify(execFile)('unshare', ['-Urnm', 'true'], { timeout: 10_000 })
    return null
  } catch (error) {
    const { stderr, message } = error as { stderr?: string, message: string }
    return (stderr ?? '').trim() || message
  }
}

function leastFree(folders: readonly string[]): number | null {
  const known = folders.map(freeBytes).filter(bytes => bytes !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function freeBytes(folder: string): number | null {
  for (let at = folder; ; at = dirname(at)) {
    try { const { bavail, bsize } = statfsSync(at); return bavail * bsize } catch { if (at === dirname(at)) return null }
  }
}

function availableMemory(): number {
  try { return Number(/^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024 || freemem() } catch { return freemem() }
}

function listImages(places: BastionPlaces | null): string[] {
  if (places === null) return []
  try { return readdirSync(places.os).filter(name => existsSync(join(places.os, name, 'manifest.json'))).toSorted() } catch { return [] }
}

const ReadySchema = Type.Object({ failing: Type.Array(Type.Object({ name: Type.String(), because: Type.Union([Type.String(), Type.Null()]) })) })

async function askBastion(session: Session): Promise<BastionFact & Pick<ServiceFacts, 'failing'>> {
  try {
    const bastion = openBastion(session)
    await bastion.machines()
    const ready: unknown = JSON.parse((await bastion.send('GET', '/health/ready')).body)
    const failing = Value.Check(ReadySchema, ready) ? ready.failing.map(({ name, because }) => ({ name, because: because ?? 'It is not well.' })) : []
    return { state: 'answers', url: bastion.address.url.origin, because: '', failing }
  } catch (error) {
    if (!(error instanceof LabctlError) || error.exit === 'interrupted') throw error
    return { state: stateOf(error, session), url: null, because: error.message, nextStep: error.nextStep, failing: [] }
  }
}

function stateOf(error: LabctlError, session: Session): BastionFact['state'] {
  if (error.code === 'not-configured') return Object.values(readSettings(session).settings).some(value => value !== null) ? 'half-configured' : 'not-configured'
  return error.code === 'pin-mismatch' ? 'wrong-key' : error.exit === 'unreachable' ? 'unreachable' : error.exit === 'unauthenticated' ? 'unauthenticated' : 'failed'
}
